"""What Django puts into every database is put back after a flush as it was, not worked out anew.

A test that commits is followed by a flush. Django then has each application make its content types,
permissions and groups again, which takes longer than most of these tests.

A pytest plugin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import transaction
from django.db.models import Model
from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, whose first rows are kept in mind."""
    with django_db_blocker.unblock():
        kept = _first_rows()

    def put_back(_verbosity: int, _interactive: bool, _database: str, **_more: Any) -> None:
        with transaction.atomic():
            for model, rows in kept:
                model._default_manager.bulk_create(rows)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(flush, "emit_post_migrate_signal", put_back)
        yield


def _first_rows() -> Sequence[tuple[type[Model], list[Any]]]:
    """Those that receivers of `post_migrate` make, by model, in an order in which they can be entered."""
    from django.contrib.auth.models import Group, Permission  # Plugins are loaded before Django is.
    from django.contrib.contenttypes.models import ContentType

    models: tuple[type[Model], ...] = (ContentType, Permission, Group, Group.permissions.through)
    return [(model, list(model._default_manager.order_by("pk"))) for model in models]
