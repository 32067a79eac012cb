"""What Flagger is told on a typed confirm hook: load, judge, write the first yes down. In a worker thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from gates import approvals, audit, confirm_rules, deadlines, decisions, episodes, freezes, policy
from gates.approvals import Where
from gates.audit import Draft, Origin
from gates.confirm_rules import Approval, Ask, ConfirmVerdict, Hook, Reach, Rejection
from gates.facts import Facts, HookSpec, Unreadable
from gates.models import Approval as Row
from gates.policy import Policy
from gates.sender import FLAGGER

MISSING = Policy(problem="the manifest has no webhook of this type here")


@dataclass(frozen=True, slots=True)
class Asking:
    """One call of Flagger's: `metadata` and `checksum` are the payload's."""

    where: Where
    origin: Origin
    metadata: Mapping[str, str]
    checksum: str


def judge(asking: Asking, facts: Facts | Unreadable) -> ConfirmVerdict:
    """The verdict from what is written down, without writing a yes; a no begins a waiting episode."""
    now = timezone.now()
    ask = _ask(asking, facts, now)
    verdict = confirm_rules.confirm(ask)
    if verdict.yes and not unanswered(verdict) and episodes.waiting(asking.where):
        # Told yes before, stopped by a freeze in between, and let through again.
        episodes.close(asking.where.lock.subject, now, hook=asking.where.hook)
    if verdict.yes or not isinstance(facts, Facts) or ask.policy.problem:
        return verdict
    episode = episodes.note(asking.where, facts, ask.policy, now)
    if deadlines.apply(episode, facts, now):
        return confirm_rules.confirm(_ask(asking, facts, now))
    return verdict


def settle(asking: Asking, facts: Facts | Unreadable) -> ConfirmVerdict:
    """The verdict again, from facts read live, with every decision about the canary held still.

    A yes is entered before it is sent: the log has the outcome in the order in which it came about.
    """
    where = asking.where
    with decisions.deciding([where.lock]) as door:
        verdict = confirm_rules.confirm(_ask(asking, facts, door.now))
        fresh = [each.decision for each in verdict.counted if not each.answered]
        if verdict.yes and fresh and isinstance(facts, Facts):
            draft = Draft(
                at=door.now,
                action="answer.approved",
                outcome=audit.CHANGED,
                actor=FLAGGER,
                origin=asking.origin,
                subject=where.lock.subject,
                cluster=where.cluster,
                namespace=where.namespace,
                name=where.name,
                kind=str(where.hook),
                facts=facts,
            )
            approvals.answered(door, where, fresh, draft, asking.checksum)
        if verdict.yes:
            episodes.close(where.lock.subject, door.now, hook=where.hook)
    return verdict


def unanswered(verdict: ConfirmVerdict) -> bool:
    """The yes is news to Flagger: it must be settled first."""
    return verdict.yes and not all(each.answered for each in verdict.counted)


def given(subject: str) -> list[Approval]:
    """Every live approval of a canary, as the rules see them."""
    return [_approval(row) for row in approvals.live(subject) if row.verdict == approvals.APPROVE]


def spec_of(facts: Facts, hook: str, gate: str) -> HookSpec | None:
    """The manifest's webhook with this address; else its only one of this type (an address rewritten on
    the way here)."""
    exact = [spec for spec in facts.specs if spec.typed == hook and spec.gate == gate]
    same_type = [spec for spec in facts.specs if spec.type == hook]
    return exact[0] if exact else same_type[0] if len(same_type) == 1 else None


def _ask(asking: Asking, facts: Facts | Unreadable, now: datetime) -> Ask:
    where = asking.where
    spec = start = None
    if isinstance(facts, Facts):
        spec = spec_of(facts, where.hook, where.gate)
        start = next((each for each in facts.specs if each.typed == Hook.START), None)
    rows = [row for row in approvals.live(where.lock.subject) if _meant(row, where, start)]
    base = Ask(
        hook=where.hook,
        facts=facts,
        policy=Policy(),
        approvals=[_approval(row) for row in rows if row.verdict == approvals.APPROVE],
        rejections=[
            Rejection(Hook(row.hook), row.revision, row.person, row.reason)
            for row in rows
            if row.verdict == approvals.REJECT
        ],
        freezes=freezes.windows(where.cluster, where.namespace, where.name, now),
        metadata=asking.metadata,
        checksum=asking.checksum,
    )
    if not isinstance(facts, Facts):
        return base
    return replace(
        base,
        policy=policy.read(spec.metadata) if spec else MISSING,
        start=policy.read(start.metadata) if start else None,
    )


def _meant(row: Row, where: Where, start: HookSpec | None) -> bool:
    """What was said at this address; before more traffic also what was said about the start and the
    promotion, which have addresses of their own."""
    if row.hook == where.hook:
        return row.gate == where.gate
    if where.hook is not Hook.TRAFFIC:
        return False
    return row.hook == Hook.PROMOTION or (start is not None and row.gate == start.gate)


def _approval(row: Row) -> Approval:
    return Approval(
        decision=row.decision,
        person=row.person,
        hook=Hook(row.hook),
        revision=row.revision,
        checksum=row.pinned,
        reach=Reach(row.reach),
        weight=row.weight,
        answered=row.answered_at is not None,
    )
