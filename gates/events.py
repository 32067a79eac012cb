"""Flagger's event and post-rollout hooks → rows for the timeline, a bounded number for each canary.

What Flagger says again every interval while nothing happens makes room first: a night at a closed gate must
not push out why the release failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db.models import Min, Q
from django.utils import timezone

from gates.approvals import Where
from gates.confirm_rules import Hook
from gates.models import FlaggerEvent
from gates.payload import Call

# Rows kept for a canary; trimmed now and then, not with every event.
KEPT = 500
SLACK = 50
LONGEST = 2000
# Said every interval: by each rollback hook, and while a gate is closed.
NO_ROLLBACK = "not signaling a rollback"
HALT, WAITING = "Halt ", " advancement waiting for "
REPEATED = Q(message__endswith=NO_ROLLBACK) | Q(message__startswith=HALT, message__contains=WAITING)


def row(where: Where, call: Call) -> FlaggerEvent:
    """One event, not yet saved: as short as it is kept."""
    metadata = call.metadata or {}
    event = where.hook is Hook.EVENT
    return FlaggerEvent(
        subject=where.lock.subject,
        cluster=where.cluster,
        namespace=where.namespace,
        name=where.name,
        at=_at(metadata.get("timestamp", "")),
        hook=where.hook,
        phase=call.phase.replace("\0", "")[:64],
        checksum=call.checksum.replace("\0", "")[:64],
        warning=metadata.get("eventType") == "Warning",
        message=metadata.get("eventMessage", "").replace("\0", "")[:LONGEST] if event else "",
    )


def save(rows: Sequence[FlaggerEvent]) -> None:
    """Write them down, in order."""
    saved = FlaggerEvent.objects.bulk_create(rows)
    for subject in {each.subject for each in saved if each.pk % SLACK == 0}:
        _trim(subject)


def is_full(subject: str) -> bool:
    """Whether as much of a canary is kept as ever: older rows may be gone."""
    return FlaggerEvent.objects.filter(subject=subject).count() >= KEPT


def _at(milliseconds: str) -> datetime:
    """Flagger's clock, unless it is unreadable or far from ours: it comes from anyone."""
    now = timezone.now()
    if not (milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) <= 14):
        return now
    told = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    return told if abs((told - now).total_seconds()) < 3600 else now


def _trim(subject: str) -> None:
    rows = FlaggerEvent.objects.filter(subject=subject)
    # The newest half stays, whatever it says: the timeline shows what goes on now.
    recent = KEPT // 2
    older = list(rows.values_list("pk", flat=True)[recent:])
    if len(older) <= KEPT - recent:
        return
    repeated = rows.filter(REPEATED)
    # That a run waited is news once.
    firsts = repeated.order_by().values("checksum", "message").annotate(first=Min("pk"))
    first = {each["first"] for each in firsts}
    again = set(repeated.filter(pk__lte=older[0]).values_list("pk", flat=True)) - first
    telling_first = sorted(older, key=lambda pk: (pk in again, -pk))
    rows.filter(pk__in=telling_first[KEPT - recent :]).delete()
