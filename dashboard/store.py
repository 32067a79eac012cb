"""The last known state of one cluster, with numbered changes. Plain Python, one event loop, no locks."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from dashboard.around.surroundings import Surroundings
from dashboard.canary import Canary
from dashboard.routes import Route, places
from dashboard.view import PRIMARY_SUFFIX, CanaryView, ImageChange, Parts, join
from dashboard.weights import Memory, Weight, remember
from dashboard.workloads import Workload

__all__ = ["CanaryView", "Change", "Freshness", "ImageChange", "Reach", "Store", "Trouble", "Weight"]

log = logging.getLogger(__name__)

Key = tuple[str, str]
Item = Canary | Workload | Route
Listener = Callable[["Change"], None]
CANARY = "Canary"


class Reach(StrEnum):
    """How far the cluster can be trusted right now: STARTING until the first list of canaries, STALE
    while a list that was once there cannot be kept up to date."""

    STARTING = "starting"
    LIVE = "live"
    STALE = "stale"


class Trouble(StrEnum):
    """What keeps the list of canaries from being read; each has its own helpful page."""

    NONE = ""
    NO_CRD = "no-crd"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    NO_CONFIG = "no-config"


@dataclass(frozen=True, slots=True)
class Freshness:
    """`since`: when this state began. `detail`: one line for a person (no secrets)."""

    reach: Reach
    since: datetime
    trouble: Trouble = Trouble.NONE
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Number of the change, and which canaries it touched; `keys` empty: the freshness changed."""

    number: int
    keys: frozenset[Key]


class Store:
    """One cluster's canaries, joined with their workloads and routes.

    Written on the event loop only. `get` and `all` may be called from any thread.
    """

    def __init__(self, cluster: str, label: str) -> None:
        self.cluster, self.label = cluster, label
        self.around = Surroundings(self.workload)
        self.number = 0
        self.freshness = Freshness(Reach.STARTING, datetime.now(UTC))
        self._views: dict[Key, CanaryView] = {}
        self._memories: dict[Key, Memory] = {}
        # By kind, then by namespace and name.
        self._items: defaultdict[str, dict[Key, Item]] = defaultdict(dict)
        # Which canaries a workload or route belongs to.
        self._users: defaultdict[tuple[str, Key], set[Key]] = defaultdict(set)
        self._listeners: list[Listener] = []

    def get(self, namespace: str, name: str) -> CanaryView | None:
        """One canary, or None."""
        return self._views.get((namespace, name))

    def all(self) -> Iterable[CanaryView]:
        """Every canary, unordered; a copy that later changes do not touch."""
        return list(self._views.values())

    def parts(self, canary: Canary) -> Parts:
        """What is known of the canary's target, primary and routing object."""
        target, primary, *routes = _parts_of(canary)
        found = (self._item(kind, key) for kind, key in routes)
        route = next((one for one in found if isinstance(one, Route) and one.shares), None)
        return Parts(self.workload(*target), self.workload(*primary), route)

    def workload(self, kind: str, key: Key) -> Workload | None:
        """One workload as last seen, whether or not a canary has to do with it."""
        item = self._item(kind, key)
        return item if isinstance(item, Workload) else None

    def memory(self, canary: Canary) -> Memory | None:
        """What is remembered of the canary's release."""
        return self._memories.get(canary.key)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each change that a person could see; returns the unsubscription."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def apply(
        self, kind: str, put: Iterable[Item] = (), drop: Iterable[Key] = (), *, whole: bool = False
    ) -> None:
        """Take in objects of one kind and forget others, as one Change. `whole`: `put` is all there is."""
        put, gone = list(put), set(drop)
        if whole:
            gone |= self._items[kind].keys() - {item.key for item in put}
        touched: set[Key] = set()
        for key in gone:
            touched |= self._affected(kind, key)
            self._forget(kind, key)
        for item in put:
            self._keep(kind, item)
            touched |= self._affected(kind, item.key)
        if kind == CANARY:
            self.around.apply(kind, put, gone, whole=whole)
        at = datetime.now(UTC)
        changed = frozenset(key for key in touched if self._refresh(key, at))
        if changed:
            self._publish(changed)

    def set_freshness(self, reach: Reach, trouble: Trouble = Trouble.NONE, detail: str = "") -> None:
        """Say how far the cluster can be trusted from now on."""
        old = self.freshness
        same = (old.reach, old.trouble) == (reach, trouble)
        if same and old.detail == detail:
            return
        self.freshness = Freshness(reach, old.since if same else datetime.now(UTC), trouble, detail)
        self._publish(frozenset())

    def _item(self, kind: str, key: Key) -> Item | None:
        return self._items[kind].get(key)

    def _affected(self, kind: str, key: Key) -> set[Key]:
        return {key} if kind == CANARY else self._users.get((kind, key), set())

    def _keep(self, kind: str, item: Item) -> None:
        before = self._item(kind, item.key)
        self._items[kind][item.key] = item
        if isinstance(item, Canary):
            if isinstance(before, Canary):
                self._unlink(before)
                if before.uid != item.uid:
                    self._memories.pop(item.key, None)
            for part in _parts_of(item):
                self._users[part].add(item.key)

    def _forget(self, kind: str, key: Key) -> None:
        item = self._items[kind].pop(key, None)
        if isinstance(item, Canary):
            self._unlink(item)
            self._memories.pop(key, None)

    def _unlink(self, canary: Canary) -> None:
        for part in _parts_of(canary):
            self._users[part].discard(canary.key)
            if not self._users[part]:
                del self._users[part]

    def _refresh(self, key: Key, at: datetime) -> bool:
        """Draw the canary anew; true when a person could see the difference."""
        canary = self._item(CANARY, key)
        old = self._views.get(key)
        if not isinstance(canary, Canary):
            self._views.pop(key, None)
            return old is not None
        parts = self.parts(canary)
        self._memories[key] = remember(self._memories.get(key), canary, parts.route)
        self._views[key] = view = join(canary, parts, self._memories[key], at)
        return view != old

    def _publish(self, keys: frozenset[Key]) -> None:
        self.number += 1
        change = Change(self.number, keys)
        for listener in list(self._listeners):
            try:
                listener(change)
            except Exception:
                # A listener's mistake must not stop the watch, which every other listener lives on.
                log.exception("a listener of the store failed")


def _parts_of(canary: Canary) -> tuple[tuple[str, Key], ...]:
    """Target, primary, then the routing objects, the likelier kind first."""
    namespace, target = canary.namespace, canary.target_name
    return (
        (canary.target_kind, (namespace, target)),
        (canary.target_kind, (namespace, target + PRIMARY_SUFFIX)),
        *places(canary),
    )
