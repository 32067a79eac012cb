"""When Flagger last asked each address of a canary, whichever replica it asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gates import heartbeat
from gates.heartbeat import Beat
from gates.keys import GateKey
from gates.models import AskedHook


@dataclass(frozen=True, slots=True)
class Seen:
    """`count` asks since `began`, the first one after a yes; what the last one was told, and why."""

    count: int
    began: datetime
    last: datetime
    yes: bool
    why: str


def seen(keys: Sequence[GateKey]) -> Mapping[GateKey, Seen]:
    """Those of `keys` that were ever asked: one query, and what this process has not yet written."""
    rows = {row.key: row for row in AskedHook.objects.filter(key__in=[key.digest for key in keys])}
    found: dict[GateKey, Seen] = {}
    for key in keys:
        row, beat = rows.get(key.digest), heartbeat.pending(key)
        if one := _joined(row, beat):
            found[key] = one
    return found


def _joined(row: AskedHook | None, beat: Beat | None) -> Seen | None:
    old = Seen(row.count, row.began_at, row.last_at, row.last_yes, row.last_why) if row else None
    if beat is None:
        return old
    new = Seen(beat.count, beat.since, beat.last, beat.yes, beat.why)
    if old is None or (beat.anew and beat.last >= old.last):
        return new
    latest = new if new.last >= old.last else old
    return Seen(old.count + new.count, old.began, latest.last, latest.yes, latest.why)
