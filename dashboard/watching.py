"""The watch of one cluster: a watcher for each kind of object, all filling one store."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Self

from dashboard import canary, routes, workloads
from dashboard.cluster import Cluster
from dashboard.cluster_errors import ClusterError, Forbidden, Misconfigured, NotFound
from dashboard.connection import Connection
from dashboard.facts_source import ClusterFacts
from dashboard.resources import CANARIES, ROUTES, TARGETS, Resource
from dashboard.store import Item, Reach, Store, Trouble
from dashboard.watcher import Timing, Watcher
from dashboard.wire import Raw

log = logging.getLogger(__name__)

# Seconds. A kind that could not be read for so long is forgotten while the canaries are live.
GRACE = 10.0


class ClusterWatch:
    """Fills `store` from the cluster at `connection`, from `start` to `stop`, whatever happens to it.

    `facts` is what the gates ask (`gates.facts.provide(watch.facts, loop)`). Only the canaries decide
    the store's freshness. Workloads and routes are optional: a kind that is not installed, not allowed,
    or out of reach for GRACE seconds while the canaries are live is forgotten, so that an old weight or
    revision is never shown as the truth.
    """

    def __init__(self, store: Store, connection: Connection, timing: Timing | None = None) -> None:
        self.store = store
        self.cluster = Cluster(connection)
        self.facts = ClusterFacts(store, self.cluster)
        self.timing = timing or Timing()
        self._tasks: list[asyncio.Task[None]] = []
        self._broken: dict[str, float] = {}
        if not store.label:
            store.label = connection.label

    async def start(self) -> None:
        """Begin; returns at once, before anything has been read."""
        cluster = self.store.cluster
        watchers = [self._watcher(CANARIES, partial(canary.parse, cluster), self._canaries, optional=False)]
        for known, parse in ((TARGETS, workloads.parse), (ROUTES, routes.parse)):
            for kind, resource in known.items():
                report = partial(self._optional, resource)
                watchers.append(self._watcher(resource, partial(parse, kind), report, optional=True))
        self._tasks = [
            asyncio.create_task(watcher.run(), name=f"watch {watcher.resource.title}") for watcher in watchers
        ]

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

    def _watcher(
        self,
        resource: Resource,
        parse: Callable[[Raw], Item],
        report: Callable[[ClusterError | None], None],
        *,
        optional: bool,
    ) -> Watcher:
        return Watcher(
            self.cluster, resource, self.store, parse, report, timing=self.timing, optional=optional
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
            return
        since = self._broken.setdefault(resource.kind, time.monotonic())
        refused = isinstance(error, NotFound | Forbidden)
        overdue = time.monotonic() - since > GRACE and self.store.freshness.reach is Reach.LIVE
        if refused or overdue:
            self.store.apply(resource.kind, whole=True)


def _trouble(error: ClusterError) -> Trouble:
    if isinstance(error, NotFound):
        return Trouble.NO_CRD
    if isinstance(error, Forbidden):
        return Trouble.FORBIDDEN
    return Trouble.NO_CONFIG if isinstance(error, Misconfigured) else Trouble.UNREACHABLE
