"""Everything that one answer of a typed hook depends on, loaded: who said what, freezes, policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from gates import approvals, audit, confirm_rules, decisions, freezes, policy
from gates.approvals import Where
from gates.audit import Origin
from gates.confirm_rules import Approval, Ask, Hook, Reach, Rejection
from gates.facts import Facts, Unreadable
from gates.keys import ROLLBACK, GateKey
from gates.models import Approval as Row
from gates.models import Gate
from gates.policy import Policy
from gates.policy_of import spec_of
from gates.rules import ended

MISSING = Policy(problem="the manifest has no webhook of this type here")


@dataclass(frozen=True, slots=True)
class Asking:
    """One call of Flagger's: `metadata` and `checksum` are the payload's."""

    where: Where
    origin: Origin
    metadata: Mapping[str, str]
    checksum: str


def given(subject: str) -> list[Approval]:
    """Every live approval of a canary, as the rules see them."""
    return [_approval(row) for row in approvals.live(subject) if row.verdict == approvals.APPROVE]


def enough(where: Where, facts: Facts) -> bool:
    """People have said enough for this hook, whatever stops it otherwise."""
    ask = load(Asking(where, audit.SYSTEM_ORIGIN, {}, facts.checksum), facts, timezone.now())
    free = replace(ask, rejections=(), freezes=(), rollback=False, intruder="", metadata=ask.policy.source)
    return confirm_rules.confirm(free).yes


def intruder(facts: Facts, hook: str, gate: str) -> str:
    """The type of a webhook that asks this address but is of another type, "" when there is none.

    Its yes would mean something else than what people approved: a rollback, say.
    """
    here = [spec.type for spec in facts.specs if (spec.typed, spec.gate) == (hook, gate)]
    return next((kind for kind in here if kind != hook), "")


def load(asking: Asking, facts: Facts | Unreadable, now: datetime) -> Ask:
    """From the database, with the facts given."""
    where = asking.where
    rows = _holding(approvals.live(where.lock.subject), facts)
    base = Ask(
        hook=where.hook,
        facts=facts,
        policy=Policy(),
        gate=where.gate,
        approvals=[_approval(row) for row in rows if row.verdict == approvals.APPROVE],
        rejections=[
            Rejection(Hook(row.hook), row.revision, row.person, row.reason, row.gate)
            for row in rows
            if row.verdict == approvals.REJECT
        ],
        freezes=freezes.windows(where.cluster, where.namespace, where.name, now),
        metadata=asking.metadata,
        checksum=asking.checksum,
        rollback=_rollback(where, facts, now),
    )
    if not isinstance(facts, Facts):
        return base
    spec = spec_of(facts, where.hook, where.gate)
    return replace(
        base,
        policy=policy.read(spec.metadata) if spec else MISSING,
        starts={each.gate: policy.read(each.metadata) for each in facts.specs if each.typed == Hook.START},
        intruder=intruder(facts, where.hook, where.gate),
    )


def _holding(rows: Sequence[Row], facts: Facts | Unreadable) -> list[Row]:
    """Without those whose release is over: the sweeper may not have come by yet."""
    if not isinstance(facts, Facts):
        return list(rows)
    # Another revision is named in the answer; facts from before a decision say nothing about it.
    return [
        row
        for row in rows
        if row.revision != facts.revision or facts.observed_at < row.at or not approvals.over(row, facts)
    ]


def _rollback(where: Where, facts: Facts | Unreadable, now: datetime) -> bool:
    """A live request to roll back: it wins over every approval."""
    key = GateKey(ROLLBACK, where.cluster, where.namespace, where.name)
    gate = Gate.objects.filter(key=key.digest, open=True).first()
    return gate is not None and ended(decisions.state(gate), facts, now) is None


def _approval(row: Row) -> Approval:
    return Approval(
        decision=row.decision,
        person=row.person,
        hook=Hook(row.hook),
        revision=row.revision,
        gate=row.gate,
        checksum=row.pinned,
        reach=Reach(row.reach),
        weight=row.weight,
        groups=frozenset(row.groups),
        reasoned=bool(row.reason),
        answered=row.answered_at is not None,
        passed=row.passed_at is not None,
    )
