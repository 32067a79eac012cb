"""Ends approvals and waiting episodes with their release, and applies deadlines nobody asks about."""

from __future__ import annotations

from collections import defaultdict

from django.utils import timezone

from gates import approvals, audit, deadlines, episodes, facts, rules
from gates.facts import Facts, Unreadable
from gates.models import Approval, Episode
from gates.thread_connection import beside

Canary = tuple[str, str, str]
Held = tuple[list[Approval], list[Episode]]


async def sweep() -> int:
    """Look at every canary about which something is held; returns how many had something to end."""
    held = await beside(_held)
    return sum([await _look(canary, *rows) for canary, rows in held.items()])


async def _look(canary: Canary, said: list[Approval], waiting: list[Episode]) -> bool:
    known = facts.current(*canary)
    if not _something(known, said, waiting):
        return False
    # Memory may lag behind the cluster, so it ends nothing by itself.
    now = await facts.live(*canary)
    if not _something(now, said, waiting):
        return False
    await beside(_end, now, said, waiting)
    return True


def _something(known: Facts | Unreadable, said: list[Approval], waiting: list[Episode]) -> bool:
    if isinstance(known, Unreadable):
        return known.missing
    now = timezone.now()
    if any(episodes.is_due(row, now) for row in waiting) or approvals.unpinned(said, known):
        return True
    return any(approvals.over(row, known) for row in said) or _over(known, waiting) != []


def _over(known: Facts, waiting: list[Episode]) -> list[Episode]:
    return [row for row in waiting if episodes.over(row, known)]


def _end(known: Facts | Unreadable, said: list[Approval], waiting: list[Episode]) -> None:
    if isinstance(known, Unreadable):
        _gone(said, waiting)
        return
    over = _over(known, waiting)
    episodes.finish(over, timezone.now())
    for row in waiting:
        if row not in over:
            deadlines.apply(row, known, timezone.now())
    approvals.pin(said, known)
    by_reason: dict[str, list[Approval]] = defaultdict(list)
    for approval in said:
        if why := approvals.over(approval, known):
            by_reason[why.value].append(approval)
    for reason, rows in by_reason.items():
        approvals.end(rows, reason, audit.SYSTEM, audit.SYSTEM_ORIGIN, known)


def _gone(said: list[Approval], waiting: list[Episode]) -> None:
    """The canary was deleted: one of the same name is another."""
    episodes.finish(waiting, timezone.now())
    approvals.end(said, rules.End.RELEASE_ENDED.value, audit.SYSTEM, audit.SYSTEM_ORIGIN, None)


def _held() -> dict[Canary, Held]:
    held: dict[Canary, Held] = defaultdict(lambda: ([], []))
    for approval in Approval.objects.filter(ended_at__isnull=True):
        held[approval.cluster, approval.namespace, approval.name][0].append(approval)
    for episode in Episode.objects.filter(ended_at__isnull=True):
        held[episode.cluster, episode.namespace, episode.name][1].append(episode)
    return held
