"""The store that this process fills and shows. One cluster for now."""

from __future__ import annotations

from dashboard.store import Store

# Until the runtime has started, and in tests that need no cluster: an empty store that says so.
_store = Store("default", "")


def current() -> Store:
    """The one store."""
    return _store


def use(store: Store) -> Store:
    """Make `store` the one; returns the one before, so that a test can put it back."""
    global _store
    before, _store = _store, store
    return before
