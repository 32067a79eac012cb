"""The typed hooks' side of the webhooks: which rule is asked, with which facts, within which time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from gates import events, facts, heartbeat, typed
from gates.addresses import Address
from gates.answers import Answers
from gates.approvals import Where
from gates.audit import Origin
from gates.confirm_rules import CONFIRM, ConfirmVerdict, Hook
from gates.facts import Facts
from gates.keys import DEFAULT_CLUSTER, ROLLBACK, GateKey
from gates.payload import Call
from gates.reader import DatabaseUnavailable
from gates.rules import ROLLED_BACK_IN
from gates.typed import Asking

log = logging.getLogger(__name__)
T = TypeVar("T")

# Seconds until an ask is given up with a 503.
PATIENCE = 1.7
# Rules of typed hooks read a handful of rows: a few threads answer hundreds of asks a second.
THREADS = 4


class Hooks:
    """Answers `/hooks/…`; `asked` is how drop-in gates are answered, which the rollback hook shares."""

    def __init__(self, answers: Callable[[], Answers]) -> None:
        self.answers = answers
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="typed-hooks")
        self._late: set[asyncio.Future[None]] = set()

    async def answer(self, address: Address, call: Call, origin: Origin) -> tuple[bool, str]:
        """Yes or no, and one line that says why; raises DatabaseUnavailable."""
        hook = Hook(address.kind)
        where = Where(DEFAULT_CLUSTER, call.namespace, call.name, hook, address.gate)
        if hook in CONFIRM:
            verdict = await self._confirm(Asking(where, origin, call.metadata or {}, call.checksum))
        elif hook is Hook.ROLLBACK:
            verdict = await self._rollback(where, origin)
        else:
            self._keep(where, call)
            return True, "OK"
        heartbeat.record(heartbeat_key(where), datetime.now(UTC), verdict.yes, verdict.why)
        return verdict.yes, verdict.why

    async def settled(self) -> None:
        """Wait until what was told is written down."""
        while self._late:
            await asyncio.wait(self._late)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _confirm(self, asking: Asking) -> ConfirmVerdict:
        where = asking.where
        try:
            async with asyncio.timeout(PATIENCE):
                known = facts.current(where.cluster, where.namespace, where.name)
                if not isinstance(known, Facts):
                    known = await facts.live(where.cluster, where.namespace, where.name)
                verdict = await self._run(lambda: typed.judge(asking, known))
                if not typed.unanswered(verdict):
                    return verdict
                now = await facts.live(where.cluster, where.namespace, where.name)
                return await self._run(lambda: typed.settle(asking, now))
        except TimeoutError as error:
            raise DatabaseUnavailable("the answer took too long") from error

    async def _rollback(self, where: Where, origin: Origin) -> ConfirmVerdict:
        """A live request, and a phase in which there is something to roll back, as far as that is known."""
        known = facts.current(where.cluster, where.namespace, where.name)
        if isinstance(known, Facts) and known.phase not in ROLLED_BACK_IN:
            return ConfirmVerdict(False, f"nothing to roll back in phase {known.phase or 'new'}")
        key = GateKey(ROLLBACK, where.cluster, where.namespace, where.name)
        verdict = await self.answers().answer(key, origin)
        return ConfirmVerdict(verdict.yes, "Approved" if verdict.yes else "no rollback is requested")

    def _keep(self, where: Where, call: Call) -> None:
        """Write down what Flagger tells, after the answer: it waits inside its control loop."""
        task = asyncio.ensure_future(self._run(lambda: events.keep(where, call)))
        self._late.add(task)
        task.add_done_callback(self._kept)

    def _kept(self, task: asyncio.Future[None]) -> None:
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("an event of Flagger's was not kept: %s", error)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with_connection, work)


def heartbeat_key(where: Where) -> GateKey:
    """Under which the asks of a typed hook are counted."""
    kind = f"{where.hook}/{where.gate}" if where.gate else str(where.hook)
    return GateKey(f"hook:{kind}", where.cluster, where.namespace, where.name)


def _with_connection(work: Callable[[], T]) -> T:
    """Run `work` on this thread's own connection; one that failed is not used again."""
    close_old_connections()
    try:
        return work()
    except DatabaseError as error:
        connection.close()
        raise DatabaseUnavailable(str(error)) from error
