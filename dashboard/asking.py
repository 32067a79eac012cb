"""When Flagger last asked about a canary, and what it was told: at its gate, or at its typed hooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from dashboard.canary import Canary
from dashboard.hook_address import Kind, meaning_in
from gates import heartbeat
from gates.approvals import Where
from gates.confirm_rules import CONFIRM, Hook
from gates.hooks import heartbeat_key
from gates.keys import GATE, GateKey


@dataclass(frozen=True, slots=True)
class Asked:
    """`at`: the last question that people decide about; `refused`: the same when the answer was no, and
    `why`. `hook` is the typed hook that was asked, with its `gate`; "" the drop-in gate."""

    at: datetime | None = None
    refused: datetime | None = None
    hook: str = ""
    gate: str = ""
    why: str = ""


NEVER = Asked()


def last(canary: Canary) -> Asked:
    """From this process's memory."""
    urls = tuple(hook.url for hook in canary.hooks if hook.type in CONFIRM)
    asked = [
        (one, hook, gate)
        for key, hook, gate in _keys(canary.cluster, *canary.key, urls)
        if (one := heartbeat.asked(key)) is not None
    ]
    if not asked:
        return NEVER
    latest, hook, gate = max(asked, key=lambda each: each[0].last)
    if latest.last_answer:
        return Asked(latest.last, None, hook, gate)
    return Asked(latest.last, latest.last, hook, gate, latest.why if hook else "")


@lru_cache(maxsize=20_000)
def _keys(
    cluster: str, namespace: str, name: str, urls: tuple[str, ...]
) -> tuple[tuple[GateKey, str, str], ...]:
    """Under which the questions are counted: the gate, then each typed address of the manifest."""
    typed = {
        (meant.hook, meant.gate)
        for meant in (meaning_in(cluster, url) for url in urls)
        if meant.kind is Kind.TYPED and meant.hook in CONFIRM
    }
    wheres = [Where(cluster, namespace, name, Hook(hook), gate) for hook, gate in sorted(typed)]
    return (
        (GateKey(GATE, cluster, namespace, name), "", ""),
        *((heartbeat_key(where), str(where.hook), where.gate) for where in wheres),
    )
