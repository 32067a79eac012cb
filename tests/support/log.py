"""The triggers that guard the log, in tests: there for what runs, away for who empties the database.

A pytest plugin. Tests that play the attacker call `unguarded`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from gates import guards

TRANSACTIONAL = {"transactional_db", "live_server", "django_db_reset_sequences"}


def proven() -> tuple[int, str]:
    """Prove the log: (number of the last entry, "") or (number of the first bad entry, why)."""
    from gates import proof  # Plugins are loaded before Django is.

    report = proof.verify()
    return (report.problem.seq or 0, report.problem.text) if report.problem else (report.seq, "")


def unguarded() -> None:
    """Take the triggers away, as somebody with every right on the database could."""
    with transaction.atomic():
        guards.remove(connection)


@pytest.fixture(autouse=True)
def _log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test with a database begins with an empty log. Those that commit are followed by a flush, which
    takes the log's head away, and which the triggers would refuse."""
    marker = request.node.get_closest_marker("django_db")
    commits = (marker and marker.kwargs.get("transaction")) or TRANSACTIONAL & set(request.fixturenames)
    if not (commits or marker or "db" in request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db" if commits else "db")
    _begin()
    yield
    if commits:
        unguarded()


def _begin() -> None:
    from gates import audit
    from gates.models import AuditHead

    if guards.missing(connection):
        with transaction.atomic():
            guards.install(connection)
    AuditHead.objects.get_or_create(pk=audit.HEAD)
