"""Delivery: claim, send in a thread of its own, write down what became of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from functools import partial

from django.db import Error
from django.utils import timezone

from dashboard.notify import outbox, targets
from dashboard.notify.outbox import Claimed
from gates import metrics
from gates.thread_connection import beside

log = logging.getLogger(__name__)

# At once, each to another address: a slow one holds up nobody else.
MOST = 4
# Seconds. A try that takes longer has failed; its claim lasts longer still.
LONGEST = 30.0
# Seconds that the end waits for messages that are on their way.
PARTING = 3.0


class Sender:
    """One process's part in emptying the outbox."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(12)
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._failing: set[int] = set()

    async def round(self) -> None:
        """Begin to send what is due; returns before it is sent. Raises django.db.Error."""
        room = MOST - len(self._busy)
        for claimed in await beside(outbox.claim, self.name, timezone.now(), room, list(self._busy)):
            task = asyncio.create_task(self._deliver(claimed), name=f"notification {claimed.number}")
            self._busy[claimed.rule] = task
            task.add_done_callback(partial(self._done, claimed.rule))

    def _note(self, claimed: Claimed, error: str) -> None:
        """Into the server's log: the first failure of an address, and that it takes messages again."""
        if error and claimed.rule not in self._failing:
            self._failing.add(claimed.rule)
            log.warning("notification rule %d: a message was not taken: %s", claimed.rule, error)
        elif not error and claimed.rule in self._failing:
            self._failing.remove(claimed.rule)
            log.warning("notification rule %d: messages are taken again", claimed.rule)

    def _done(self, rule: int, _task: asyncio.Task[None]) -> None:
        self._busy.pop(rule, None)

    async def close(self) -> None:
        """Let what is on its way arrive; what does not is sent again when its claim is over."""
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=PARTING)

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                send = partial(targets.send, claimed.url, claimed.title, claimed.body, claimed.topic)
                error = await in_thread(send)
        except TimeoutError:
            error = f"no answer within {LONGEST:g} seconds"
        metrics.message(sent=not error)
        try:
            await beside(outbox.finish, claimed, self.name, error, timezone.now())
        except Error as failure:
            # The claim ends by itself; a message that was sent may then be sent once more.
            log.warning("what became of notification %d is not written: %s", claimed.number, failure)
        # Who reads that it was not taken may count on the next try.
        self._note(claimed, error)


async def in_thread(work: Callable[[], str]) -> str:
    """Run it in a daemon thread: unlike a pool's, one that hangs holds up neither others nor the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str] = loop.create_future()

    def finish(result: str) -> None:
        if not done.done():
            done.set_result(result)

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            result = type(error).__name__
        try:
            loop.call_soon_threadsafe(finish, result)
        except RuntimeError:
            # The loop has ended meanwhile.
            log.debug("a message was sent while the server ended")

    threading.Thread(target=run, name="notification", daemon=True).start()
    return await done
