"""The typed hooks' side of the webhooks: which rule is asked, with which facts, within which time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

from gates import events, facts, heartbeat, typed
from gates.addresses import Address
from gates.answers import Answers
from gates.approvals import Where
from gates.audit import Origin
from gates.confirm_rules import ASKED_IN, CONFIRM, ConfirmVerdict, Hook
from gates.event_writer import EventWriter
from gates.facts import Facts, Unreadable
from gates.keys import ROLLBACK, GateKey
from gates.payload import Call
from gates.reader import DatabaseUnavailable
from gates.rules import ROLLED_BACK_IN
from gates.situation import Asking
from gates.thread_connection import with_connection

T = TypeVar("T")

# Seconds until an ask is given up with a 503.
PATIENCE = 1.7
# Seconds for a look at a request to roll back that should not be there; the answer's own time comes after.
LOOK = 0.4
# Rules of typed hooks read a handful of rows: a few threads answer hundreds of asks a second.
THREADS = 4


class Hooks:
    """Answers `/hooks/…`; `answers` is how drop-in gates are answered, which the rollback hook shares."""

    def __init__(self, answers: Callable[[], Answers]) -> None:
        self.answers = answers
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="typed-hooks")
        self.events = EventWriter()

    async def answer(self, address: Address, call: Call, origin: Origin) -> tuple[bool, str]:
        """Yes or no, and one line that says why; raises DatabaseUnavailable."""
        hook = Hook(address.kind)
        where = Where(address.cluster, call.namespace, call.name, hook, address.gate)
        if hook in CONFIRM:
            verdict = await self._confirm(Asking(where, origin, call.metadata or {}, call.checksum))
        elif hook is Hook.ROLLBACK:
            verdict = await self._rollback(where, origin)
        else:
            self._keep(where, call)
            return True, "OK"
        if _here(facts.current(where.cluster, where.namespace, where.name), where):
            heartbeat.record(heartbeat_key(where), datetime.now(UTC), verdict.yes, verdict.why)
        return verdict.yes, verdict.why

    async def close(self) -> None:
        """Write what was told, let the threads end."""
        await self.events.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _confirm(self, asking: Asking) -> ConfirmVerdict:
        where = asking.where
        canary = where.cluster, where.namespace, where.name
        deadline = time.monotonic() + PATIENCE
        try:
            async with asyncio.timeout(PATIENCE):
                known = facts.current(*canary)
                if _behind(known, where.hook):
                    known = await facts.live(*canary)
                verdict = await self._run(lambda: typed.judge(asking, known))
                fresh = typed.unanswered(verdict, where.hook)
                # A yes to more traffic lets Flagger go on each time, so each is from what holds now.
                if not verdict.yes or not (fresh or where.hook is Hook.TRAFFIC):
                    return verdict
                now = await facts.live(*canary)
                if fresh:
                    return await self._run(lambda: typed.settle(asking, now, deadline))
                again = await self._run(lambda: typed.judge(asking, now))
                if typed.unanswered(again, where.hook):
                    return await self._run(lambda: typed.settle(asking, now, deadline))
                return again
        except TimeoutError as error:
            raise DatabaseUnavailable("the answer took too long") from error

    async def _rollback(self, where: Where, origin: Origin) -> ConfirmVerdict:
        """A live request, and a phase in which there is something to roll back, as far as that is known."""
        canary = where.cluster, where.namespace, where.name
        key = GateKey(ROLLBACK, *canary)
        known = facts.current(*canary)
        if _nothing_to_roll_back(known):
            # Memory may lag behind the cluster: a request that is open is worth a look.
            deadline = asyncio.get_running_loop().time() + LOOK
            if (await self.answers().reader.get(key, deadline)).open:
                known = await facts.live(*canary)
            if isinstance(known, Facts) and _nothing_to_roll_back(known):
                return ConfirmVerdict(False, f"nothing to roll back in phase {known.phase or 'new'}")
        if isinstance(known, Facts) and _others_only(known, where):
            return ConfirmVerdict(False, "the manifest's rollback webhook does not ask here")
        verdict = await self.answers().answer(key, lambda: origin)
        return ConfirmVerdict(verdict.yes, "Approved" if verdict.yes else "no rollback is requested")

    def _keep(self, where: Where, call: Call) -> None:
        """Write down what Flagger tells, unless the cluster is known to have no such canary."""
        known = facts.current(where.cluster, where.namespace, where.name)
        if not (isinstance(known, Unreadable) and known.missing):
            self.events.keep(events.row(where, call))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, with_connection, work)


def _behind(known: Facts | Unreadable, hook: Hook) -> bool:
    """What is in memory cannot answer this; a canary that is not there needs no second look."""
    if isinstance(known, Facts):
        return known.phase not in ASKED_IN[hook]
    return not known.missing


def _nothing_to_roll_back(known: Facts | Unreadable) -> bool:
    return isinstance(known, Facts) and known.phase not in ROLLED_BACK_IN


def _others_only(known: Facts, where: Where) -> bool:
    """Webhooks of other types ask here, and none that rolls back: to them a yes means to go on."""
    here = [spec.type for spec in known.specs if (spec.typed, spec.gate) == (Hook.ROLLBACK, where.gate)]
    return bool(here) and Hook.ROLLBACK not in here


def _here(known: Facts | Unreadable, where: Where) -> bool:
    """The manifest asks at this address; anyone may call any other, and those are not counted."""
    if not isinstance(known, Facts):
        return not where.gate
    return any((spec.typed, spec.gate) == (where.hook, where.gate) for spec in known.specs)


def heartbeat_key(where: Where) -> GateKey:
    """Under which the asks of a typed hook are counted."""
    kind = f"{where.hook}/{where.gate}" if where.gate else str(where.hook)
    return GateKey(f"{heartbeat.TYPED}{kind}", where.cluster, where.namespace, where.name)
