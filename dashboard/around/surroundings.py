"""The last known state of what surrounds the canaries of one cluster. One event loop writes, no locks."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from dashboard.around import unreadable
from dashboard.around.around import NOTHING, Around
from dashboard.around.canaries import Canaries
from dashboard.around.event_log import EventLog
from dashboard.around.objects import Key
from dashboard.around.parsers import Item
from dashboard.around.paths import Paths, passes_by
from dashboard.around.referred import AlertProvider, MetricTemplate
from dashboard.around.routing import Routing
from dashboard.around.services import Service
from dashboard.around.wanted import APEX, CANARY, REACHED, Place, Wanted
from dashboard.canary import Canary
from dashboard.view import PRIMARY_SUFFIX
from dashboard.workloads import Workload

__all__ = ["NOTHING", "Around", "Surroundings"]

log = logging.getLogger(__name__)

Listener = Callable[[frozenset[Key]], None]
Name = TypeVar("Name")
Kind = TypeVar("Kind", Service, MetricTemplate, AlertProvider)


def _no_workload(_kind: str, _key: Key) -> Workload | None:
    return None


class Surroundings:
    """Filled by the watchers on one event loop, as the store is; `of` may be called from any thread.

    `workload` finds the pod templates, which change when the store says that a revision has.
    """

    def __init__(self, workload: Callable[[str, Key], Workload | None] = _no_workload) -> None:
        self._workload = workload
        # By kind, then by namespace and name.
        self._items: defaultdict[str, dict[Key, Item]] = defaultdict(dict)
        self._canaries = Canaries()
        self._events = EventLog()
        self._paths = Paths()
        self._unread: dict[str, str] = {}
        self._listeners: list[Listener] = []

    def of(self, canary: Canary) -> Around:
        """What is known around this canary."""
        looked = self._canaries.looks_for(canary)
        routes = list(self._routings(looked.routes))
        decided = looked.services[CANARY]
        target = canary.namespace, canary.target_name
        delegates = tuple(self._routings(sorted(self._paths.delegating(looked.services[APEX]))))
        return Around(
            target=self._template(canary.target_kind, target),
            primary=self._template(canary.target_kind, (target[0], target[1] + PRIMARY_SUFFIX)),
            services=self._found("Service", looked.services.items(), Service),
            routes=tuple(sorted(routes, key=lambda route: decided not in route.names())),
            delegates=delegates,
            bypasses=tuple(self._bypasses(looked, routes)),
            events=self._events.of(canary.key, canary.uid),
            metric_templates=self._found("MetricTemplate", _same(looked.templates), MetricTemplate),
            alert_providers=self._found("AlertProvider", _same(looked.providers), AlertProvider),
            unread=unreadable.of(canary, looked, [route.kind for route in routes], self._unread),
            delegated=bool(delegates),
        )

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the canaries whose `Around` may differ now; returns the unsubscription.

        Not for their templates: those differ when the store's revisions do.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def apply(
        self, kind: str, put: Iterable[Any] = (), drop: Iterable[Key] = (), *, whole: bool = False
    ) -> None:
        """Take in objects of one kind and forget others; `whole`: `put` is all there is.

        The store hands on its canaries: Events are kept for as long as theirs is there.
        """
        put, gone = list(put), set(drop)
        if kind == "Canary":
            touched = self._take_canaries(put, gone, whole=whole)
        elif kind == "Event":
            touched = self._take_events(put, gone, whole=whole)
        else:
            # From the first list on, what is not there is known to be missing.
            touched = set() if kind in self._items else set(self._canaries.keys)
            known = self._items[kind]
            gone |= known.keys() - {item.key for item in put} if whole else set()
            changes = [(key, None) for key in gone] + [(item.key, item) for item in put]
            touched = touched.union(*(self._swap((kind, key), item) for key, item in changes))
        self._publish(touched & self._canaries.keys)

    def unread(self, kind: str, why: str) -> None:
        """Say why a kind cannot be read (`forbidden`, `unreachable`); "" when it can be, or is not there."""
        if self._unread.get(kind, "") == why:
            return
        # Replaced, not changed: others may be reading it.
        rest = {known: reason for known, reason in self._unread.items() if known != kind}
        self._unread = {**rest, kind: why} if why else rest
        self._publish(set(self._canaries.keys))

    def _take_canaries(self, put: list[Canary], gone: set[Key], *, whole: bool) -> set[Key]:
        gone = gone | self._canaries.missing(put) if whole else gone
        for key in gone:
            self._canaries.drop(key)
        self._events.forget(gone)
        touched = {canary.key for canary in put if self._canaries.put(canary)}
        if whole:
            self._events.keep_only(self._canaries.keys)
        return touched

    def _take_events(self, put: list[Any], gone: set[Key], *, whole: bool) -> set[Key]:
        if whole:
            return self._events.replace(put)
        dropped = [self._events.drop(key) for key in gone]
        taken = [self._events.put(event, self._canaries.keys) for event in put]
        return {key for key in (*dropped, *taken) if key is not None}

    def _swap(self, place: Place, item: Item | None) -> set[Key]:
        """Put one in the place of what was there; returns the canaries to which that matters."""
        kind, key = place
        before = self._items[kind].get(key)
        if before == item:
            return set()
        if item is None:
            self._items[kind].pop(key, None)
        else:
            self._items[kind][key] = item
        touched = set(self._canaries.users(place))
        routes = [each if isinstance(each, Routing) else None for each in (before, item)]
        for service in self._paths.swap(place, *routes):
            touched.update(self._canaries.users((REACHED, service)))
        return touched

    def _found(self, kind: str, keys: Iterable[tuple[Name, Key]], of: type[Kind]) -> dict[Name, Kind] | None:
        """None until that kind has been listed: what is not known yet is not said to be missing."""
        items = self._items.get(kind)
        if items is None:
            return None
        found = ((name, items.get(key)) for name, key in keys)
        return {name: item for name, item in found if isinstance(item, of)}

    def _routings(self, places: Iterable[Place]) -> Iterator[Routing]:
        for kind, key in places:
            item = self._items.get(kind, {}).get(key)
            if isinstance(item, Routing):
                yield item

    def _bypasses(self, looked: Wanted, routes: list[Routing]) -> Iterator[Routing]:
        deciding = {route.kind for route in routes}
        leading = set().union(*(self._paths.leading(key) for key in looked.own)) - set(looked.routes)
        return (route for route in self._routings(sorted(leading)) if passes_by(route, deciding))

    def _template(self, kind: str, key: Key) -> Mapping[str, Any] | None:
        workload = self._workload(kind, key)
        return workload.template if workload else None

    def _publish(self, keys: set[Key]) -> None:
        for listener in list(self._listeners) if keys else ():
            try:
                listener(frozenset(keys))
            except Exception:
                # A listener's mistake must not stop the watch, which every other listener lives on.
                log.exception("a listener of the surroundings failed")


def _same(keys: Iterable[Key]) -> Iterator[tuple[Key, Key]]:
    return ((key, key) for key in keys)
