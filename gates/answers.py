"""What Flagger is told when it asks a gate: read, judge, write the first yes down, answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

from gates import audit, facts, freeze_rules, heartbeat, rules
from gates.audit import Origin
from gates.decisions import Act, Change
from gates.facts import Facts, Unreadable
from gates.freeze_reader import FreezeReader
from gates.keys import GATE, GateKey
from gates.reader import DatabaseUnavailable, Reader
from gates.rules import GateState, Look, Verdict
from gates.sender import FLAGGER
from gates.writer import Writer

# Seconds until a check is given up; with the writer's grace it stays below two.
PATIENCE = 1.4
# Rounds of read, judge, write: each further one means that a decision or another replica came between.
ROUNDS = 5


class Answers:
    """Answers checks from one reader and one writer."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self.reader, self.writer = reader, writer
        self.freezes = FreezeReader()

    async def answer(self, key: GateKey, origin: Callable[[], Origin]) -> Verdict:
        """The verdict to send; raises DatabaseUnavailable when it cannot be given.

        `origin` is only asked for when there is something to write down.
        """
        verdict = await self._answer(key, origin)
        heartbeat.record(key, datetime.now(UTC), verdict.yes)
        return verdict

    async def _answer(self, key: GateKey, origin: Callable[[], Origin]) -> Verdict:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        for _ in range(ROUNDS):
            gate = await self.reader.get(key, deadline)
            verdict, known, waited = await self._judge(key, gate)
            if verdict.ends is not None:
                await self._end(key, gate, verdict, known, deadline - loop.time())
                return verdict
            if verdict.yes and (why := await self._frozen(key, gate, known, deadline)):
                return Verdict(False, why)
            if verdict.first:
                answered = Change(Act.ANSWER, key, FLAGGER, origin(), facts=known, expect=gate.decision)
                if (await self.writer.submit(answered, deadline - loop.time())).applied:
                    return verdict
                # Closed, frozen, decided anew or answered by another replica: look again.
            elif not verdict.yes or not waited or await self._same(key, gate, deadline):
                return verdict
        raise DatabaseUnavailable(f"the gate changed {ROUNDS} times while it was asked")

    async def _frozen(self, key: GateKey, gate: GateState, known: Facts | None, deadline: float) -> str:
        """Why a freeze stops this gate, or "". Only gates that people opened cost the look."""
        if key.kind != GATE or not freeze_rules.by_hand(gate):
            return ""
        windows = await self.freezes.windows(key, deadline)
        if not windows:
            return ""
        return freeze_rules.held(windows, known or facts.current(key.cluster, key.namespace, key.name))

    async def _same(self, key: GateKey, gate: GateState, deadline: float) -> bool:
        """Nobody decided anew while the cluster was waited for."""
        return (await self.reader.get(key, deadline)).decision == gate.decision

    async def _judge(self, key: GateKey, gate: GateState) -> tuple[Verdict, Facts | None, bool]:
        """The rules' verdict, the facts for the log, and whether the cluster was waited for.

        Memory may lag behind the cluster, so it ends nothing by itself; and it may be older than the
        decision. Both take a live read. When that fails, a gate stays a no and a rollback a yes.
        """
        where = (key.cluster, key.namespace, key.name)
        verdict = rules.answer(key.kind, gate, None, datetime.now(UTC))
        if verdict.look is None:
            # A no leaves no entry, so it needs no facts.
            known = facts.current(*where) if verdict.first or verdict.ends else None
            return verdict, _readable(known), False
        if verdict.look is Look.MEMORY:
            found = facts.current(*where)
            verdict = rules.answer(key.kind, gate, found, datetime.now(UTC))
            if verdict.look is None and verdict.ends is None:
                return verdict, _readable(found), False
        found = await facts.live(*where)
        return rules.answer(key.kind, gate, found, datetime.now(UTC)), _readable(found), True

    async def _end(
        self, key: GateKey, gate: GateState, verdict: Verdict, known: Facts | None, patience: float
    ) -> None:
        """Close what is over. Best effort: the answer is no all the same, and the sweeper comes by."""
        ended = Change(
            Act.END, key, audit.SYSTEM, audit.SYSTEM_ORIGIN,
            facts=known, expect=gate.decision, why=str(verdict.ends),
        )  # fmt: skip
        with contextlib.suppress(DatabaseUnavailable):
            await self.writer.submit(ended, patience)


def _readable(found: Facts | Unreadable | None) -> Facts | None:
    return found if isinstance(found, Facts) else None
