"""How fresh what several clusters show together is: live as long as one of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.store import Freshness, Reach, Store

# What is said of all of them where none is live: old data before none at all.
ORDER = (Reach.LIVE, Reach.STALE, Reach.STARTING)


@dataclass(frozen=True, slots=True)
class Away:
    """One of several clusters that is not live, and why."""

    cluster: str
    freshness: Freshness


def freshness(stores: Sequence[Store]) -> Freshness:
    """The only cluster's own; of several the freshest, without one cluster's trouble: `away` has those."""
    if len(stores) == 1:
        return stores[0].freshness
    each = [store.freshness for store in stores]
    reach = next(reach for reach in ORDER if any(it.reach is reach for it in each))
    return Freshness(reach, max(it.since for it in each if it.reach is reach))


def away(stores: Sequence[Store]) -> tuple[Away, ...]:
    """Those of several that are not live; a single cluster's trouble fills the page instead."""
    if len(stores) == 1:
        return ()
    return tuple(
        Away(store.cluster, store.freshness) for store in stores if store.freshness.reach is not Reach.LIVE
    )
