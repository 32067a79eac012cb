"""A newer revision that slipped in while an analysis ran: shown, entered once, and by policy rolled back."""

from __future__ import annotations

from django.utils import timezone

from gates import approvals, audit, confirm_rules, deadlines, decisions, facts, policy, situation
from gates.approvals import Where
from gates.audit import Actor, Draft
from gates.confirm_rules import Hook
from gates.decisions import Deciding
from gates.facts import Facts, Unreadable
from gates.keys import digest
from gates.models import Alarm, Approval
from gates.rules import ROLLED_BACK_IN
from gates.thread_connection import beside

ACTION = "revision.unapproved"
POLICY = Actor("policy", "policy (on-unapproved)")


async def check(cluster: str, namespace: str, name: str) -> bool:
    """Look at one canary after it changed; True when an alarm was entered now."""
    known = facts.current(cluster, namespace, name)
    if not isinstance(known, Facts) or not confirm_rules.unapproved(known, ()):
        return False
    where = Where(cluster, namespace, name, Hook.START)
    if not await beside(running, where, known):
        return False
    now = await facts.live(cluster, namespace, name)
    return isinstance(now, Facts) and await beside(_enter, where, now)


async def sweep() -> None:
    """End the alarms whose release is over: the same revision may slip in again."""
    over = [alarm for alarm in await beside(_open) if await _over(alarm)]
    if over:
        await beside(_end, over)


async def _over(alarm: Alarm) -> bool:
    canary = alarm.cluster, alarm.namespace, alarm.name
    return _past(alarm, facts.current(*canary)) and _past(alarm, await facts.live(*canary))


def _past(alarm: Alarm, known: Facts | Unreadable) -> bool:
    if isinstance(known, Unreadable):
        return known.missing
    return known.phase not in ROLLED_BACK_IN or known.revision not in {"", alarm.revision}


def running(where: Where, known: Facts) -> bool:
    """The canary runs a revision whose start nobody approved."""
    if not confirm_rules.unapproved(known, situation.given(where.lock.subject)):
        return False
    return not (confirm_rules.asks_about_traffic(known) and _not_yet_noticed(where, known))


def _not_yet_noticed(where: Where, known: Facts) -> bool:
    """Flagger's checksum still names a release that was approved: it will restart, and ask, at weight 0."""
    before = Approval.objects.filter(subject=where.lock.subject, hook=Hook.START, pinned=known.checksum)
    return before.exclude(revision=known.revision).exists()


def _enter(where: Where, known: Facts) -> bool:
    with decisions.deciding([where.lock, deadlines.rollback_key(where)]) as door:
        if not running(where, known) or not _begun(door, where, known):
            return False
        door.enter(_draft(door, where, known))
        starts = [policy.read(each.metadata) for each in known.specs if each.typed == Hook.START]
        if any(each.on_unapproved == "rollback" for each in starts):
            reason = f"revision {known.revision[:10]} runs without approval"
            deadlines.roll_back(door, where, POLICY, known, reason)
    return True


def _draft(door: Deciding, where: Where, known: Facts) -> Draft:
    entry = approvals.draft(door.now, ACTION, where, audit.SYSTEM, audit.SYSTEM_ORIGIN, known, "")
    entry.after = {"checksum": known.checksum}
    return entry


def _begun(door: Deciding, where: Where, known: Facts) -> bool:
    """The alarm is new; another replica may have had it first, and a restart of Flagger's is not another."""
    _row, new = Alarm.objects.get_or_create(
        current=digest("alarm", where.cluster, where.namespace, where.name, known.revision),
        defaults={
            "subject": where.lock.subject,
            "cluster": where.cluster,
            "namespace": where.namespace,
            "name": where.name,
            "revision": known.revision,
            "began_at": door.now,
        },
    )
    return new


def _open() -> list[Alarm]:
    return list(Alarm.objects.filter(ended_at__isnull=True))


def _end(alarms: list[Alarm]) -> None:
    numbers = [each.pk for each in alarms]
    Alarm.objects.filter(pk__in=numbers).update(ended_at=timezone.now(), current=None)
