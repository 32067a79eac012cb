"""One resource's watch: list → watch → resume → 410 → list again → back off. Pure, without Django.

Each kind of end has its own answer: the server ends the watch as asked, or the connection breaks or
falls silent (resume); the version has expired (list again); anything else, such as a watch that cannot
be resumed (report it, pause, list again).
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from dashboard.cluster_errors import ClusterError, Forbidden, Gone, Interrupted, NotFound
from dashboard.resources import Resource
from dashboard.store import Key
from dashboard.wire import Event, Page, Raw

log = logging.getLogger(__name__)

# Objects parsed before other work on the event loop gets its turn.
BATCH = 50
# Why a watch ended otherwise than it should: its version is gone, its connection, or anything else.
REASONS = EXPIRED, BROKEN, FAILED = "expired", "broken", "failed"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `first` to `cap`: the growing pause after a failure. `lasting`: how long the server is
    asked to keep a watch; it sends its newest version before it ends it. `silence`: without a byte for
    so long a connection is dead. `absent`: between tries of an optional kind that is not there."""

    first: float = 0.2
    cap: float = 5.0
    lasting: float = 20.0
    silence: float = 25.0
    absent: float = 30.0


class Source(Protocol):
    """What is asked of `cluster.Cluster`."""

    def pages(self, resource: Resource) -> AsyncIterator[Page]:
        """The list in parts."""

    def watch(
        self, resource: Resource, version: str, lasting: float, silence: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """An open watch."""


class Sink(Protocol):
    """What is asked of `store.Store`, `around.surroundings.Surroundings` and whatever else is filled."""

    def apply(
        self, kind: str, put: Iterable[Any] = (), drop: Iterable[Key] = (), *, whole: bool = False
    ) -> None:
        """Take in objects of one kind and forget others; `whole`: `put` is all there is."""


class Backoff:
    """Pauses that double from `first` to `cap`, each shortened by a random part so that clients spread."""

    def __init__(self, first: float, cap: float) -> None:
        self.first, self.cap, self.failures = first, cap, 0

    def reset(self) -> None:
        """All is well again."""
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait now."""
        # 2**20 is far beyond any cap; without a limit the power overflows after a long outage.
        whole = min(self.cap, self.first * 2.0 ** min(self.failures, 20))
        self.failures += 1
        return whole * random.uniform(0.5, 1.0)  # noqa: S311


class Watcher:
    """Keeps one kind of object in `store` up to date, for ever.

    `report` hears None when a list has been taken in, and the error when it cannot be kept up to date.
    """

    def __init__(
        self,
        source: Source,
        resource: Resource,
        store: Sink,
        parse: Callable[[Raw], Any],
        report: Callable[[ClusterError | None], None],
        *,
        timing: Timing,
        optional: bool,
    ) -> None:
        self.source, self.resource, self.store = source, resource, store
        self.parse, self.report = parse, report
        self.timing, self.optional = timing, optional
        self.backoff = Backoff(timing.first, timing.cap)
        # When the server last said something (time.monotonic).
        self.heard = time.monotonic()
        self.restarts: Counter[str] = Counter()

    async def run(self) -> None:
        """Never returns and never fails; cancel it to stop."""
        while True:
            pause = None
            try:
                version = await self._list()
                self.report(None)
                await self._follow(version)
            except Gone as error:
                self.restarts[EXPIRED] += 1
                log.debug("%s: %s; listing again", self.resource.title, error)
            except ClusterError as error:
                log.debug("%s: %s", self.resource.title, error)
                self.report(error)
                if self.optional and isinstance(error, NotFound | Forbidden):
                    pause = self.timing.absent
                else:
                    self.restarts[FAILED] += 1
            except Exception:
                self.restarts[FAILED] += 1
                log.exception("the watch of %s failed", self.resource.title)
                self.report(ClusterError("Aviary itself failed; its log has the details"))
            await asyncio.sleep(self.backoff.next() if pause is None else pause)

    async def _list(self) -> str:
        """Take in the whole list; returns its version."""
        items: list[Any] = []
        version = ""
        async for page in self.source.pages(self.resource):
            version, self.heard = page.version, time.monotonic()
            for start in range(0, len(page.items), BATCH):
                items += [self.parse(raw) for raw in page.items[start : start + BATCH]]
                await asyncio.sleep(0)
        self.store.apply(self.resource.kind, items, whole=True)
        return version

    async def _follow(self, version: str) -> None:
        """Watch from `version` on, again and again; ends only with an error."""
        while True:
            opened = asyncio.get_running_loop().time()
            try:
                async with self.source.watch(
                    self.resource, version, self.timing.lasting, self.timing.silence
                ) as events:
                    async for event in events:
                        self.backoff.reset()
                        self.heard = time.monotonic()
                        self._take(event)
                        version = event.version or version
            except Interrupted as error:
                self.restarts[BROKEN] += 1
                log.debug("%s; resuming", error)
            if asyncio.get_running_loop().time() - opened < self.timing.cap:
                # Never in a tight loop, even with a server that ends every watch at once.
                await asyncio.sleep(self.backoff.next())
            else:
                self.backoff.reset()

    def _take(self, event: Event) -> None:
        if event.type in ("ADDED", "MODIFIED"):
            self.store.apply(self.resource.kind, [self.parse(event.object)])
        elif event.type == "DELETED":
            self.store.apply(self.resource.kind, drop=[_key(event.object)])


def _key(raw: Raw) -> Key:
    meta = raw.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    return str(meta.get("namespace", "")), str(meta.get("name", ""))
