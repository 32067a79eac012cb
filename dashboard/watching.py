"""The watch of one cluster: a watcher for each kind of object, filling the store and its surroundings."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from dashboard import canary, routes, workloads
from dashboard.around.parsers import PARSERS
from dashboard.cluster import Cluster
from dashboard.cluster_errors import ClusterError, Forbidden, Misconfigured, NotFound
from dashboard.connection import Connection
from dashboard.facts_source import ClusterFacts
from dashboard.resources import CANARIES, OPTIONAL, ROUTES, TARGETS, Resource
from dashboard.store import Key, Reach, Store, Trouble
from dashboard.watcher import REASONS, Sink, Timing, Watcher
from dashboard.wire import Raw

log = logging.getLogger(__name__)

# Seconds. A kind that could not be read for so long is forgotten while the canaries are live.
GRACE = 10.0


@dataclass(frozen=True, slots=True)
class Feed:
    """Where objects of one kind go, and how they are read for it."""

    sink: Sink
    parse: Callable[[Raw], Any]


class Several:
    """One watch that fills all of these; what goes around is a tuple with the item of each."""

    def __init__(self, feeds: list[Feed]) -> None:
        self.feeds = feeds

    def parse(self, raw: Raw) -> tuple[Any, ...]:
        """Read the object once for each."""
        return tuple(feed.parse(raw) for feed in self.feeds)

    def apply(
        self,
        kind: str,
        put: Iterable[tuple[Any, ...]] = (),
        drop: Iterable[Key] = (),
        *,
        whole: bool = False,
    ) -> None:
        """Hand each its items."""
        columns, gone = list(zip(*put, strict=True)) or [()] * len(self.feeds), list(drop)
        for feed, items in zip(self.feeds, columns, strict=True):
            feed.sink.apply(kind, items, gone, whole=whole)


class ClusterWatch:
    """Fills `store` from the cluster at `connection`, from `start` to `stop`, whatever happens to it.

    `facts` is what the gates ask (`gates.facts.provide(watch.facts, loop)`). Only the canaries decide
    the store's freshness. All other kinds are optional: one that is not installed, not allowed, or out of
    reach for GRACE seconds while the canaries are live is forgotten, so that an old weight or revision is
    never shown as the truth; `store.around` is told of those that are there and cannot be read.
    """

    def __init__(self, store: Store, connection: Connection, timing: Timing | None = None) -> None:
        self.store = store
        self.cluster = Cluster(connection)
        self.facts = ClusterFacts(store, self.cluster)
        self.timing = timing or Timing()
        self._tasks: list[asyncio.Task[None]] = []
        self._watchers: list[Watcher] = []
        self._broken: dict[str, float] = {}
        if not store.label:
            store.label = connection.label

    async def start(self) -> None:
        """Begin; returns at once, before anything has been read."""
        canaries = Feed(self.store, partial(canary.parse, self.store.cluster))
        watchers = [self._watcher(CANARIES, [canaries], self._canaries, optional=False)]
        for resource in OPTIONAL.values():
            report = partial(self._optional, resource)
            watchers.append(self._watcher(resource, self._feeds(resource.kind), report, optional=True))
        self._watchers = watchers
        self._tasks = [
            asyncio.create_task(watcher.run(), name=f"watch {watcher.resource.title}") for watcher in watchers
        ]

    def age(self) -> float:
        """Seconds since the cluster last said something of its canaries, or since the start."""
        return time.monotonic() - self._watchers[0].heard if self._watchers else 0.0

    def restarts(self) -> dict[str, int]:
        """How often a watch of any kind ended otherwise than it should, by reason."""
        return {reason: sum(watcher.restarts[reason] for watcher in self._watchers) for reason in REASONS}

    async def stop(self) -> None:
        """End every task and close every connection."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        await self.cluster.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    def _feeds(self, kind: str) -> list[Feed]:
        """Who wants objects of an optional kind: the store, its surroundings, or both."""
        feeds = []
        if kind in TARGETS:
            feeds.append(Feed(self.store, partial(workloads.parse, kind)))
        if kind in ROUTES:
            feeds.append(Feed(self.store, partial(routes.parse, kind)))
        if kind in PARSERS:
            feeds.append(Feed(self.store.around, PARSERS[kind]))
        return feeds

    def _watcher(
        self,
        resource: Resource,
        feeds: list[Feed],
        report: Callable[[ClusterError | None], None],
        *,
        optional: bool,
    ) -> Watcher:
        both = Several(feeds)
        return Watcher(
            self.cluster, resource, both, both.parse, report, timing=self.timing, optional=optional
        )

    def _canaries(self, error: ClusterError | None) -> None:
        before = self.store.freshness
        if error is None:
            self.store.set_freshness(Reach.LIVE)
        else:
            if isinstance(error, NotFound):
                # Without the CRD there are no canaries: nothing old is left to show.
                self.store.apply(CANARIES.kind, whole=True)
            known = before.reach is not Reach.STARTING
            self.store.set_freshness(Reach.STALE if known else Reach.STARTING, _trouble(error), str(error))
        if self.store.freshness != before:
            log.info("cluster %s: %s", self.store.label, error or "live")

    def _optional(self, resource: Resource, error: ClusterError | None) -> None:
        if error is None:
            self._broken.pop(resource.kind, None)
            self.store.around.unread(resource.kind, "")
            return
        since = self._broken.setdefault(resource.kind, time.monotonic())
        refused = isinstance(error, NotFound | Forbidden)
        overdue = time.monotonic() - since > GRACE and self.store.freshness.reach is Reach.LIVE
        if refused or overdue:
            for feed in self._feeds(resource.kind):
                feed.sink.apply(resource.kind, whole=True)
            self.store.around.unread(resource.kind, _unread(error))


def _unread(error: ClusterError) -> str:
    """Why a kind that is there cannot be read; nothing is missing from one that is not."""
    if isinstance(error, NotFound):
        return ""
    return "forbidden" if isinstance(error, Forbidden) else "unreachable"


def _trouble(error: ClusterError) -> Trouble:
    if isinstance(error, NotFound):
        return Trouble.NO_CRD
    if isinstance(error, Forbidden):
        return Trouble.FORBIDDEN
    return Trouble.NO_CONFIG if isinstance(error, Misconfigured) else Trouble.UNREACHABLE
