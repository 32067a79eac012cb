"""The task that keeps the record: hears the store, and writes in batches, off the event loop.

Nothing is lost while the database is away: what was seen waits in memory, thinned out when it becomes much.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import Error
from django.utils import timezone

from dashboard.canary import Canary
from dashboard.releases import running_now, settling, writing
from dashboard.releases.pending import Part, Pending
from dashboard.releases.review import review
from dashboard.releases.track import Track
from dashboard.releases.where import Where
from dashboard.store import Change, Reach, Store
from dashboard.view import Parts
from gates import metrics
from gates.database_errors import AWAY
from gates.thread_connection import beside

log = logging.getLogger(__name__)

# Seconds.
PAUSE = 1.0
LONGEST_PAUSE = 5.0
BEAT = 15.0
PURGE = 3600.0


class Heard(NamedTuple):
    """A canary and its parts as the store had them; None when it was no longer there."""

    key: tuple[str, str]
    canary: Canary | None
    parts: Parts | None
    at: datetime


class Recording:
    """Follows one store. `clock` is for tests."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = timezone.now) -> None:
        self.store, self.clock = store, clock
        self.pending = Pending()
        self.tracks: dict[tuple[str, str], Track] = {}
        # Filled on the event loop, emptied by `take`.
        self._heard: deque[Heard] = deque()
        # Since when every change has been heard; None while the cluster is not followed.
        self._since: datetime | None = None
        self._beaten = self._purged = float("-inf")
        # `take` and `flush` run in threads of their own.
        self._lock = threading.Lock()
        for view in store.all():
            self._hear_of(view.key)
        self._unsubscribe = store.subscribe(self._hear)

    async def run(self) -> None:
        """For ever; what could not be written is kept, and the end writes once more."""
        taking = asyncio.create_task(self._take_always(), name="releases")
        pause = PAUSE
        try:
            while True:
                await asyncio.sleep(pause)
                pause = PAUSE if await self._try() else min(2 * pause, LONGEST_PAUSE)
        finally:
            taking.cancel()
            self._unsubscribe()
            await asyncio.to_thread(self.take)
            await self._try()

    def take(self) -> None:
        """Put in order what was heard."""
        with self._lock:
            while self._heard:
                each = self._heard.popleft()
                try:
                    self._take(each)
                except Exception:
                    # One odd canary keeps no other from its record.
                    log.exception("what was seen of %s/%s is not recorded", *each.key)
            if self.pending.thin():
                metrics.dropped(metrics.STATES)
                log.warning("the database is away: some states between others are not recorded")
                self._since = self.clock()

    def flush(self) -> None:
        """Write what is pending, then what is due now and then; raises django.db.Error."""
        written = False
        for part in self.pending.parts(writing.CHUNK):
            self._write(part)
            self.pending.done(part)
            written = True
        due = self._due()
        if due:
            self._now_and_then()
        if written or due:
            running_now.refresh(self.store.cluster)

    def _hear(self, change: Change) -> None:
        live = self.store.freshness.reach is Reach.LIVE
        if live and self._since is None:
            self._since = self.clock()
        elif not live:
            self._since = None
        for key in change.keys:
            self._hear_of(key)

    def _hear_of(self, key: tuple[str, str]) -> None:
        view = self.store.get(*key)
        canary = view.canary if view else None
        parts = self.store.parts(canary) if canary else None
        self._heard.append(Heard(key, canary, parts, self.clock()))

    async def _take_always(self) -> None:
        while True:
            await asyncio.sleep(PAUSE / 2)
            if self._heard:
                await asyncio.to_thread(self.take)

    async def _try(self) -> bool:
        try:
            await beside(self.flush)
        except Error as error:
            metrics.database_error(metrics.BACKGROUND)
            log.warning("releases are not written yet: %s", error)
            return False
        except Exception:
            log.exception("the record of releases is not complete")
            return False
        return True

    def _take(self, heard: Heard) -> None:
        where = Where(self.store.cluster, *heard.key)
        track = self.tracks.get(heard.key)
        if track and (heard.canary is None or heard.canary.uid != track.uid):
            self.pending.add(where, track.lost(heard.at))
            del self.tracks[heard.key]
        if heard.canary is None or heard.parts is None:
            return
        track = self.tracks.setdefault(heard.key, Track(heard.canary.uid))
        self.pending.add(where, track.see(heard.canary, heard.parts, heard.at))

    def _write(self, part: Part) -> None:
        try:
            writing.write(part, self.clock())
        except AWAY:
            raise
        except Exception:
            if len(part) == 1:
                (where,) = part
                log.exception("what was seen of %s/%s is not recorded", where.namespace, where.name)
                return
            for where, sights in part.items():
                self._write({where: sights})

    def _due(self) -> bool:
        return self.clock().timestamp() - self._beaten >= BEAT

    def _now_and_then(self) -> None:
        now = self.clock()
        self._beaten = now.timestamp()
        since = self._since
        if since is not None:
            with self._lock:
                for where, sights in review(self.store, self.tracks, now).items():
                    self.pending.add(where, sights)
            writing.beat(self.store.cluster, since, now)
        settling.settle_ended(self.store.cluster, now)
        if settings.RELEASES_DAYS and now.timestamp() - self._purged >= PURGE:
            more = writing.purge(now - timedelta(days=settings.RELEASES_DAYS))
            self._purged = self._purged if more else now.timestamp()
