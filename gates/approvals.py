"""Approvals and rejections of the typed hooks: given, withdrawn, answered, lapsed. Each with its entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gates import audit, decisions, rules
from gates.audit import Actor, Draft, Origin
from gates.confirm_rules import Hook, Reach
from gates.decisions import Deciding
from gates.facts import Facts
from gates.keys import GateKey
from gates.models import Approval, AuditEntry
from gates.policy_of import in_force

APPROVE, REJECT = "approve", "reject"
SAID = {APPROVE: "approval.granted", REJECT: "approval.rejected"}
TAKEN_BACK, LAPSED = "approval.withdrawn", "approval.lapsed"
WITHDRAWN = "withdrawn"
# Phases in which Flagger's checksum already names the release that is decided about.
FRESH_CHECKSUM = frozenset({"Progressing", "WaitingPromotion"})
TOKEN_SUFFIX = " (token)"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Where:
    """One hook of one canary; `gate` is the optional name in the address."""

    cluster: str
    namespace: str
    name: str
    hook: Hook
    gate: str = ""

    @property
    def lock(self) -> GateKey:
        """The row that all decisions about this canary hold, whatever their hook: they have one order."""
        return GateKey("canary", self.cluster, self.namespace, self.name)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says. `reach` and `weight` are for traffic approvals; `groups` are the person's."""

    verdict: str
    actor: Actor
    origin: Origin
    facts: Facts
    reason: str = ""
    reach: Reach = Reach.ALL
    weight: int = 100
    groups: frozenset[str] = frozenset()


def person(actor: Actor) -> str:
    """Who counts for a quorum: a person and their token are one."""
    return actor.name.removesuffix(TOKEN_SUFFIX) if actor.kind == "token" else actor.name


def live(subject: str, gate: str | None = None) -> list[Approval]:
    """What holds for a canary now, oldest first."""
    found = Approval.objects.filter(subject=subject, ended_at__isnull=True)
    return list(found if gate is None else found.filter(gate=gate))


def say(where: Where, said: Said) -> AuditEntry:
    """Record an approval or a rejection; said twice, it is entered without changing anything."""
    with decisions.deciding([where.lock]) as door:
        record(door, where, said)
    return door.entries[0]


def record(door: Deciding, where: Where, said: Said) -> None:
    """The same, in a transaction of the caller's that holds `where.lock`."""
    mine = [
        each
        for each in live(where.lock.subject, where.gate)
        if (each.person, each.hook, each.verdict) == (person(said.actor), where.hook, said.verdict)
        and each.revision == said.facts.revision
        and (each.reach, each.weight) == (said.reach, said.weight)
        and _holds_as_much(each, said)
    ]
    if not mine:
        _new(where, said, door).save(force_insert=True)
    entry = draft(door.now, SAID[said.verdict], where, said.actor, said.origin, said.facts, said.reason)
    entry.outcome = audit.UNCHANGED if mine else audit.CHANGED
    entry.after = {"reach": str(said.reach), "weight": said.weight} if where.hook is Hook.TRAFFIC else {}
    entry.decision = mine[0].decision if mine else None
    door.enter(entry)


def end(
    rows: Sequence[Approval], why: str, actor: Actor, origin: Origin, facts: Facts | None, reason: str = ""
) -> list[AuditEntry]:
    """End what is still live of `rows`, with an entry each; `why` is WITHDRAWN (`reason`) or a rules.End.

    Withdrawing an approval that Flagger was told already does nothing.
    """
    entries: list[AuditEntry] = []
    for lock in {where_of(row).lock for row in rows}:
        with decisions.deciding([lock]) as door:
            numbers = [row.decision for row in rows if row.subject == lock.subject]
            for row in Approval.objects.filter(decision__in=numbers, ended_at__isnull=True):
                if why == WITHDRAWN and row.verdict == APPROVE and row.answered_at is not None:
                    continue
                action = TAKEN_BACK if why == WITHDRAWN else LAPSED
                words = reason if why == WITHDRAWN else why
                entry = draft(door.now, action, where_of(row), actor, origin, facts, words)
                entry.decision = row.decision
                entry.before = {"verdict": row.verdict, "person": row.person, "revision": row.revision}
                door.enter(entry)
                Approval.objects.filter(pk=row.pk).update(ended_at=door.now, ended_why=why[:32])
        entries += door.entries
    return entries


def answered(door: Deciding, where: Where, numbers: Sequence[int], entry: Draft, facts: Facts) -> None:
    """The first yes at this hook that these decisions led to; inside the caller's transaction."""
    rows = Approval.objects.filter(decision__in=numbers)
    if where.hook is Hook.TRAFFIC:
        rows.filter(hook=Hook.PROMOTION, passed_at__isnull=True).update(passed_at=door.now)
        told = rows.exclude(hook=Hook.PROMOTION)
    else:
        told = rows
    told.filter(answered_at__isnull=True).update(answered_at=door.now)
    if facts.phase in FRESH_CHECKSUM:
        rows.filter(pinned="").update(pinned=facts.checksum)
    entry.after = {"decisions": sorted(numbers)}
    entry.decision = max(numbers)
    door.enter(entry)


def pin(rows: Sequence[Approval], facts: Facts) -> None:
    """The release that an approved start led to has a checksum now: what is started later has another."""
    if facts.phase in FRESH_CHECKSUM:
        numbers = [row.pk for row in rows if row.revision == facts.revision and _started(row)]
        Approval.objects.filter(pk__in=numbers, pinned="").update(pinned=facts.checksum)


def unpinned(rows: Sequence[Approval], facts: Facts) -> bool:
    """There is something to pin."""
    fresh = facts.phase in FRESH_CHECKSUM
    return fresh and any(row.revision == facts.revision and _started(row) for row in rows)


def over(row: Approval, facts: Facts) -> rules.End | None:
    """Why this decision no longer holds, or None."""
    if facts.revision and facts.revision != row.revision:
        return rules.End.NEW_REVISION
    if row.pinned and facts.phase in FRESH_CHECKSUM and facts.checksum != row.pinned:
        return rules.End.NEW_CONFIGURATION
    return rules.End.RELEASE_ENDED if rules.release_over(row.phase, row.checksum, facts) else None


def where_of(row: Approval) -> Where:
    """Where it was said."""
    return Where(row.cluster, row.namespace, row.name, Hook(row.hook), row.gate)


def _started(row: Approval) -> bool:
    return row.hook == Hook.START and row.answered_at is not None and not row.pinned


def _holds_as_much(row: Approval, said: Said) -> bool:
    """It would count as this one: for the same release, with the groups and the reason."""
    same = not row.pinned or row.pinned == said.facts.checksum or said.facts.phase not in FRESH_CHECKSUM
    return same and set(row.groups) >= said.groups and (bool(row.reason) or not said.reason)


def _new(where: Where, said: Said, door: Deciding) -> Approval:
    facts = said.facts
    return Approval(
        subject=where.lock.subject,
        cluster=where.cluster,
        namespace=where.namespace,
        name=where.name,
        hook=where.hook,
        gate=where.gate,
        verdict=said.verdict,
        revision=facts.revision,
        images=list(facts.images),
        phase=facts.phase,
        checksum=facts.checksum,
        pinned=facts.checksum if facts.phase in FRESH_CHECKSUM else "",
        reach=said.reach,
        weight=said.weight,
        decision=door.next,
        person=person(said.actor),
        groups=sorted(said.groups),
        reason=said.reason,
        at=door.now,
    )


def draft(
    at: datetime, action: str, where: Where, actor: Actor, origin: Origin, facts: Facts | None, reason: str
) -> Draft:
    """An entry about one hook of one canary."""
    return Draft(
        at=at,
        action=action,
        outcome=audit.CHANGED,
        actor=actor,
        origin=origin,
        subject=where.lock.subject,
        cluster=where.cluster,
        namespace=where.namespace,
        name=where.name,
        kind=f"{where.hook}/{where.gate}"[:64] if where.gate else str(where.hook),
        facts=facts,
        reason=reason,
        policy=in_force(facts, where.hook, where.gate),
    )
