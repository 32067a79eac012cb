"""From an entry to the release it is about. Who keeps releases says which; here nobody knows them."""

from __future__ import annotations

from collections.abc import Callable

from gates.models import AuditEntry

Find = Callable[[AuditEntry], str]
_found_by: Find | None = None


def provide(find: Find | None) -> None:
    """`find` gives the address of the release's page, "" for none."""
    global _found_by
    _found_by = find


def address_of(entry: AuditEntry) -> str:
    """The address of the page of the release that the entry is about; "" where none is known."""
    return _found_by(entry) if _found_by else ""
