"""The stores that this process fills and shows: one for each cluster, in the operator's order."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404

from dashboard.store import CanaryView, Store
from gates.keys import DEFAULT_CLUSTER

# Until the runtime has started, and in tests that need no cluster: an empty store that says so.
_stores: tuple[Store, ...] = (Store(DEFAULT_CLUSTER, ""),)


def every() -> tuple[Store, ...]:
    """All of them; one at least."""
    return _stores


def everything() -> list[CanaryView]:
    """All canaries of all clusters, unordered; a copy."""
    return [view for store in _stores for view in store.all()]


def of(cluster: str) -> Store | None:
    """A cluster's store, or None when there is no such cluster."""
    return next((store for store in _stores if store.cluster == cluster), None)


def named(cluster: str) -> Store:
    """The store of a cluster that an address names; Http404 when there is no such cluster."""
    store = of(cluster)
    if store is None:
        raise Http404
    return store


def use_all(stores: Iterable[Store]) -> tuple[Store, ...]:
    """Make these, one at least, all that there are; returns those before."""
    global _stores
    before, _stores = _stores, tuple(stores)
    return before
