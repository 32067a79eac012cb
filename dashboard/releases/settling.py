"""What people and event hooks said of a release, gathered once it is over: why, who, how long it waited."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from dashboard.masking import mask_text
from dashboard.models import Release
from dashboard.releases import event_rows, kept_checks, waiting, writing
from dashboard.releases.entries import SLACK, entries_of
from gates.models import AuditEntry, FlaggerEvent

# Event hooks and the sweeper come in after the status.
PATIENCE = timedelta(seconds=20)
ROLLING_BACK = "Rolling back "
HALT = "Halt "
WAITING_FOR = "waiting for"
NOT_READY = " not ready: "
MOST = 200


def settle_ended(cluster: str, now: datetime) -> int:
    """Gather it for releases that ended a while ago; returns how many."""
    over = Release.objects.filter(cluster=cluster, settled=False, current__isnull=True)
    due = over.filter(Q(ended_at__isnull=True) | Q(ended_at__lt=now - PATIENCE))
    found = list(due.order_by("pk")[:MOST])
    waiting.fill(found, now)
    for release in found:
        who = decision(release, entries_of(release))
        writing.settle(release, why(release), who, release.waited, told(release))
    return len(found)


def told(release: Release) -> kept_checks.Told:
    """What event hooks told of its checks. Once it is settled that stays, whatever becomes of their rows."""
    kept: kept_checks.Told | None = release.told
    if kept and release.settled:
        return kept
    complete = event_rows.all_kept(release)
    if kept and not complete:
        return kept
    return kept_checks.told(release.checks, event_rows.events_of(release), complete)


def why(release: Release) -> str:
    """Why it failed, in Flagger's words, the most telling first; its last message where nothing else is."""
    if release.outcome != Release.Outcome.FAILED:
        return release.message
    said = FlaggerEvent.objects.filter(subject=release.subject, at__gte=release.began_at - SLACK)
    if release.ended_at:
        said = said.filter(at__lte=release.ended_at + PATIENCE)
    if release.checksum:
        said = said.filter(checksum=release.checksum)
    messages = list(said.order_by("-id").values_list("message", flat=True))
    rolled = [text for text in messages if text.startswith(ROLLING_BACK)]
    halted = [text for text in messages if text.startswith(HALT) and WAITING_FOR not in text]
    stuck = [text for text in messages if NOT_READY in text]
    lines = [*rolled[:1], *(halted or stuck)[:1], release.message]
    return "\n".join(mask_text(line) for line in lines if line)


def decision(release: Release, entries: list[AuditEntry]) -> int | None:
    """The request that Flagger rolled back for, or the no that a replaced revision was waiting with."""
    if release.outcome == Release.Outcome.FAILED:
        told = [entry for entry in entries if entry.action == "answer.rollback"]
        return (told[-1].decision or told[-1].seq) if told else None
    if release.outcome == Release.Outcome.SUPERSEDED:
        refused = [entry for entry in entries if entry.action in ("approval.rejected", "gate.held")]
        return refused[-1].seq if refused else None
    return None
