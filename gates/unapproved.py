"""A newer revision that slipped in while an analysis ran: shown, entered once, and by policy rolled back."""

from __future__ import annotations

import asyncio

from django.db import connection

from gates import approvals, audit, confirm_rules, deadlines, decisions, facts, policy, situation
from gates.approvals import Where
from gates.audit import Actor, Draft
from gates.confirm_rules import Hook
from gates.decisions import Deciding
from gates.facts import Facts
from gates.models import AuditEntry

ACTION = "revision.unapproved"
POLICY = Actor("policy", "policy (on-unapproved)")


async def check(cluster: str, namespace: str, name: str) -> bool:
    """Look at one canary after it changed; True when an alarm was entered now."""
    known = facts.current(cluster, namespace, name)
    if not isinstance(known, Facts) or not confirm_rules.unapproved(known, ()):
        return False
    where = Where(cluster, namespace, name, Hook.START)
    if not await asyncio.to_thread(_unapproved, where, known):
        return False
    now = await facts.live(cluster, namespace, name)
    return isinstance(now, Facts) and await asyncio.to_thread(_enter, where, now)


def running(where: Where, known: Facts) -> bool:
    """The canary runs a revision whose start nobody approved."""
    return confirm_rules.unapproved(known, situation.given(where.lock.subject))


def _unapproved(where: Where, known: Facts) -> bool:
    try:
        return running(where, known)
    finally:
        connection.close()


def _enter(where: Where, known: Facts) -> bool:
    try:
        with decisions.deciding([where.lock, deadlines.rollback_key(where)]) as door:
            if not running(where, known) or _entered(where, known):
                return False
            door.enter(_draft(door, where, known))
            starts = [policy.read(each.metadata) for each in known.specs if each.typed == Hook.START]
            if any(each.on_unapproved == "rollback" for each in starts):
                reason = f"revision {known.revision[:10]} runs without approval"
                deadlines.roll_back(door, where, POLICY, known, reason)
        return True
    finally:
        connection.close()


def _draft(door: Deciding, where: Where, known: Facts) -> Draft:
    entry = approvals.draft(door.now, ACTION, where, audit.SYSTEM, audit.SYSTEM_ORIGIN, known, "")
    entry.after = {"checksum": known.checksum}
    return entry


def _entered(where: Where, known: Facts) -> bool:
    found = AuditEntry.objects.filter(
        subject=where.lock.subject, action=ACTION, revision=known.revision
    ).order_by("-seq")
    return any(entry.after == {"checksum": known.checksum} for entry in found[:5])
