"""Closes gates that have ended by themselves, with an entry, also when Flagger does not ask any more.

Safety does not depend on it: an answer checks the same rules. It keeps the page and the log true.
"""

from __future__ import annotations

import asyncio
import logging

from django.db import Error
from django.db.models import Q
from django.utils import timezone

from gates import audit, decisions, facts, lapsing, metrics, rules, unapproved
from gates.decisions import Act, Change
from gates.keys import GateKey
from gates.models import Gate
from gates.thread_connection import beside

log = logging.getLogger(__name__)
PAUSE = 2.0


async def run() -> None:
    """Sweep for ever; a database that does not answer is tried again."""
    while True:
        try:
            await sweep()
            await lapsing.sweep()
            await unapproved.sweep()
        except Error as error:
            metrics.database_error(metrics.BACKGROUND)
            log.warning("the sweep of ended gates is put off: %s", error)
        await asyncio.sleep(PAUSE)


async def sweep() -> int:
    """Close every gate that is over; returns how many."""
    found = [await _over(gate) for gate in await beside(_ending)]
    over = [change for change in found if change]
    if over:
        await beside(decisions.apply, over)
    return len(over)


async def _over(gate: Gate) -> Change | None:
    """The change that closes it, once a live read agrees with what memory says."""
    where = (gate.cluster, gate.namespace, gate.name)
    state, known = decisions.state(gate), facts.current(*where)
    why = rules.ended(state, known, timezone.now())
    if why and why is not rules.End.EXPIRED:
        known = await facts.live(*where)
        why = rules.ended(state, known, timezone.now())
    if not why:
        return None
    return Change(
        act=Act.END,
        key=GateKey(gate.kind, *where),
        actor=audit.SYSTEM,
        origin=audit.SYSTEM_ORIGIN,
        facts=known if isinstance(known, facts.Facts) else None,
        expect=gate.decision,
        why=why.value,
    )


def _ending() -> list[Gate]:
    return list(Gate.objects.filter(Q(bound=True) | Q(until__isnull=False), open=True))
