"""Writes down what Flagger tells, after the answer: it waits inside of its control loop."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from gates import events, metrics
from gates.models import FlaggerEvent
from gates.reader import DatabaseUnavailable
from gates.thread_connection import with_connection

log = logging.getLogger(__name__)

# Events that wait for a database that does not answer; the oldest make room for new ones.
LIMIT = 2000
BATCH = 200
# Seconds: between tries, and at the end.
PAUSE = 1.0
FAREWELL = 2.0


class EventWriter:
    """`keep` on the event loop; one task and one thread while there is something to write."""

    def __init__(self) -> None:
        self._rows: deque[FlaggerEvent] = deque()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="flagger-events")
        self.lost = 0

    def keep(self, row: FlaggerEvent) -> None:
        """Have it written soon; returns at once."""
        if len(self._rows) >= LIMIT:
            self._rows.popleft()
            self.lost += 1
            metrics.dropped(metrics.EVENTS)
        self._rows.append(row)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain(), name="flagger-events")

    async def settled(self) -> None:
        """Wait until what was told is written down."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Write what is left if the database answers soon, then let the thread end."""
        if self._task is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._task, FAREWELL)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _drain(self) -> None:
        trouble = False
        while self._rows:
            batch = [self._rows[at] for at in range(min(BATCH, len(self._rows)))]
            try:
                await self._save(batch)
            except DatabaseUnavailable as error:
                if not trouble:
                    log.warning("Flagger's events wait for the database: %s", error)
                trouble = True
                metrics.database_error(metrics.BACKGROUND)
                await asyncio.sleep(PAUSE)
                continue
            self._forget(batch)
        if self.lost:
            log.warning("%d of Flagger's events were lost while the database did not answer", self.lost)
            self.lost = 0

    async def _save(self, batch: list[FlaggerEvent]) -> None:
        def save() -> None:
            with_connection(lambda: events.save(batch))

        await asyncio.get_running_loop().run_in_executor(self._thread, save)

    def _forget(self, batch: list[FlaggerEvent]) -> None:
        """What was written; some of it may have made room meanwhile."""
        written = set(map(id, batch))
        while self._rows and id(self._rows[0]) in written:
            self._rows.popleft()
