"""When Flagger last asked a canary's gate, and what it was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gates import heartbeat
from gates.keys import GATE, GateKey


@dataclass(frozen=True, slots=True)
class Asked:
    """`at`: the last question at the canary's gate; `refused`: the same when the answer was no."""

    at: datetime | None = None
    refused: datetime | None = None


NEVER = Asked()


def last(cluster: str, key: tuple[str, str]) -> Asked:
    """From this process's memory."""
    asked = heartbeat.asked(GateKey(GATE, cluster, *key))
    if asked is None:
        return NEVER
    return Asked(asked.last, None if asked.last_answer else asked.last)
