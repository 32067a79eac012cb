"""One thread that makes the changes asked for over webhooks, many of them in one transaction."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from gates import decisions, metrics
from gates.database_errors import AWAY
from gates.decisions import Change, Outcome
from gates.reader import DatabaseUnavailable
from gates.thread_connection import ThreadConnection

log = logging.getLogger(__name__)

# Changes in one transaction: enough to share a commit, few enough to stay quick.
BATCH = 64
# Seconds. A change that was begun in time may take this much longer to end.
GRACE = 0.5
RETRY = 0.02


@dataclass(slots=True)
class Job:
    """A change, when it is too late to begin it (time.monotonic), and who waits for it."""

    change: Change
    deadline: float
    future: asyncio.Future[Outcome]


Result = tuple[Job, Outcome | Exception]


class Writer:
    """`submit` on the event loop; the thread starts with the first change and ends with `close`."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection = ThreadConnection()

    async def submit(self, change: Change, patience: float) -> Outcome:
        """Make the change; returns after the commit.

        `patience` in seconds: a change not begun by then is dropped. Raises DatabaseUnavailable when it
        was dropped or its outcome is unknown; anything else is a fault of the change itself.
        """
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._loop = loop
            self._thread = threading.Thread(target=self._work, name="gates-writer", daemon=True)
            self._thread.start()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._jobs.put(Job(change, time.monotonic() + patience, future))
        try:
            async with asyncio.timeout(patience + GRACE):
                return await future
        except TimeoutError as error:
            self._connection.interrupt(older_than=patience)
            raise DatabaseUnavailable("the change was not committed in time") from error

    async def close(self) -> None:
        """Make what was submitted, then end the thread."""
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join, 8)
            self._thread = None

    def _work(self) -> None:
        last = False
        while not last:
            first = self._jobs.get()
            jobs, last = self._drain(first)
            try:
                self._make(jobs)
            except Exception:
                # The thread must outlive whatever a change does to it.
                log.exception("Changes were lost")
                self._deliver([(job, DatabaseUnavailable("internal error")) for job in jobs])
        self._connection.close()

    def _drain(self, first: Job | None) -> tuple[list[Job], bool]:
        """`first` and what waits behind it; True when the thread was told to end."""
        jobs: list[Job] = []
        job = first
        while job is not None:
            jobs.append(job)
            if len(jobs) == BATCH:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _make(self, jobs: list[Job]) -> None:
        """Commit the jobs together; one that the others fail with is found by making them one by one."""
        failed = DatabaseUnavailable("not begun in time")
        warned = False
        while jobs := self._in_time(jobs, failed):
            try:
                with self._connection.ready():
                    outcomes = decisions.apply([job.change for job in jobs])
            except (*AWAY, FileNotFoundError) as error:
                if not warned:
                    log.warning("The database takes no changes: %s", error)
                warned = True
                failed = DatabaseUnavailable(str(error))
                time.sleep(RETRY)
            except Exception as error:
                if len(jobs) == 1:
                    log.exception("A change failed")
                    return self._deliver([(jobs[0], error)])
                for job in jobs:
                    self._make([job])
                return None
            else:
                return self._deliver(list(zip(jobs, outcomes, strict=True)))
        return None

    def _in_time(self, jobs: list[Job], failed: Exception) -> list[Job]:
        """The jobs that may still begin; the others are told so."""
        now = time.monotonic()
        if late := [(job, failed) for job in jobs if job.deadline <= now]:
            metrics.dropped(metrics.DECISIONS, len(late))
            self._deliver(late)
        return [job for job in jobs if job.deadline > now]

    def _deliver(self, results: Sequence[Result]) -> None:
        # After a hard stop nobody waits any more.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_resolve, results)


def _resolve(results: Sequence[Result]) -> None:
    for job, result in results:
        if job.future.done():
            continue
        if isinstance(result, Exception):
            job.future.set_exception(result)
        else:
            job.future.set_result(result)
