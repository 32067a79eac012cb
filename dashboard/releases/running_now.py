"""Which releases run now, in memory: what is entered into the log names the one that it is about.

Filled by the task that records releases; a second behind, so an entry at a release's first moment names none.
"""

from __future__ import annotations

from typing import NamedTuple

from dashboard.models import Release

Key = tuple[str, str, str]


class Running(NamedTuple):
    """One release, by its number in the database."""

    number: int
    revision: str
    checksum: str


_running: dict[Key, Running] = {}


def refresh(cluster: str) -> None:
    """Read them anew; raises django.db.Error."""
    global _running
    rows = Release.objects.filter(cluster=cluster, current__isnull=False)
    columns = ("namespace", "name", "pk", "revision", "checksum")
    found = {(cluster, each[0], each[1]): Running(*each[2:]) for each in rows.values_list(*columns)}
    # Replaced as a whole: other threads read it meanwhile.
    _running = {key: value for key, value in _running.items() if key[0] != cluster} | found


def identity(key: Key, revision: str, checksum: str) -> str:
    """The number of the release of this revision that runs, as text; "" when none is known."""
    found = _running.get(key)
    if found is None or (revision and found.revision and revision != found.revision):
        return ""
    other = checksum and found.checksum and checksum != found.checksum
    return "" if other else str(found.number)
