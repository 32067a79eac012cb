"""The rule book of the typed hooks, pure: who approved what, the policy, the freezes → yes or no, and why.

A yes on a confirm hook needs enough live approvals by distinct people, each for this revision and this
step, outside of freezes and without a rejection. Everything that is not known is a no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gates.facts import Facts, Unreadable
from gates.policy import Policy
from gates.rules import ROLLED_BACK_IN

TOTAL = 100


class Hook(StrEnum):
    """Flagger's hook types, as the addresses name them."""

    START = "confirm-rollout"
    TRAFFIC = "confirm-traffic-increase"
    PROMOTION = "confirm-promotion"
    ROLLBACK = "rollback"
    POST = "post-rollout"
    EVENT = "event"


CONFIRM = frozenset({Hook.START, Hook.TRAFFIC, Hook.PROMOTION})


class Reach(StrEnum):
    """How far a traffic approval goes."""

    STEP = "step"
    UP_TO = "up-to"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's live approval. `weight` in per cent is where its `reach` ends (STEP, UP_TO).

    `checksum` is Flagger's for the release that the person saw, "" until it is known.
    """

    decision: int
    person: str
    hook: Hook
    revision: str
    checksum: str = ""
    reach: Reach = Reach.ALL
    weight: int = TOTAL
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """Somebody, or the policy, said no to this revision's hook until it is withdrawn."""

    hook: Hook
    revision: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class FreezeWindow:
    """A freeze that covers this canary now; `in_flight`: it stops releases under way, too."""

    until: datetime
    reason: str
    in_flight: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything one answer depends on. `metadata` and `checksum` are the payload's own."""

    hook: Hook
    facts: Facts | Unreadable
    policy: Policy
    approvals: Sequence[Approval] = ()
    rejections: Sequence[Rejection] = ()
    freezes: Sequence[FreezeWindow] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    checksum: str = ""
    # The policy of the canary's own confirm-rollout hook here; None when it has none.
    start: Policy | None = None


@dataclass(frozen=True, slots=True)
class ConfirmVerdict:
    """`counted` are the decisions that make the yes; those not yet `answered` get an entry first."""

    yes: bool
    why: str
    counted: tuple[Approval, ...] = ()


def confirm(ask: Ask) -> ConfirmVerdict:
    """What Flagger is told on a confirm hook."""
    if ask.policy.problem:
        return _no(f"policy: {ask.policy.problem}")
    if not isinstance(ask.facts, Facts) or not ask.facts.revision:
        return _no("revision unknown")
    if dict(ask.metadata) != dict(ask.policy.source):
        return _no("policy differs from the manifest")
    facts = ask.facts
    starting = ask.hook is Hook.START or (ask.hook is Hook.TRAFFIC and facts.weight == 0)
    if why := _rejected(ask, facts, starting) or _frozen(ask, starting):
        return _no(why)
    if ask.hook is Hook.TRAFFIC and starting and ask.start is not None:
        # A newer revision restarts at weight 0 without being asked to start: it is caught here.
        start = _quorum(ask, facts, Hook.START, ask.start)
        if not start.yes:
            return _no(f"start: {start.why}")
    return _quorum(ask, facts, ask.hook, ask.policy)


def covers(approval: Approval, hook: Hook, facts: Facts) -> bool:
    """The approval is for this hook and reaches as far as Flagger would go now."""
    if hook is not Hook.TRAFFIC:
        return approval.hook is hook
    if approval.hook is Hook.PROMOTION:
        return facts.next_weight is None
    if approval.hook is not Hook.TRAFFIC:
        return False
    if approval.reach is Reach.ALL:
        return True
    # Asked at the maximum as well, where a yes leads to the promotion: "up to 50" does not promote.
    return facts.next_weight is not None and min(facts.next_weight, TOTAL) <= approval.weight


def unapproved(facts: Facts, approvals: Sequence[Approval]) -> bool:
    """A revision runs whose start nobody approved, although the manifest asks here, and no hook can stop it.

    At weight 0 the traffic hook, where there is one, still can.
    """
    typed = {spec.typed for spec in facts.specs}
    if Hook.START not in typed or facts.phase not in ROLLED_BACK_IN or not facts.revision:
        return False
    if facts.weight == 0 and Hook.TRAFFIC in typed:
        return False
    started = [each for each in approvals if each.hook is Hook.START and each.revision == facts.revision]
    return not any(each.answered for each in started)


def _quorum(ask: Ask, facts: Facts, hook: Hook, policy: Policy) -> ConfirmVerdict:
    reaching = [each for each in ask.approvals if covers(each, hook, facts)]
    bound = [
        each for each in reaching if each.revision == facts.revision and _same_release(each, ask, facts, hook)
    ]
    people = {each.person: each for each in bound}
    if len(people) >= policy.approvals:
        return ConfirmVerdict(True, "Approved", tuple(people.values()))
    if reaching and not bound:
        return _no("revision changed")
    return _no(f"waiting for approval {len(people) + 1} of {policy.approvals}")


def _same_release(approval: Approval, ask: Ask, facts: Facts, hook: Hook) -> bool:
    """Flagger's checksum is fresh from Progressing on; at the start it still names the release before."""
    return hook is Hook.START or ask.checksum == (approval.checksum or facts.checksum)


def _rejected(ask: Ask, facts: Facts, starting: bool) -> str:
    hooks = {ask.hook, Hook.START} if starting else {ask.hook}
    for each in ask.rejections:
        if each.hook in hooks and each.revision == facts.revision:
            return (
                f"rejected by {each.person}: {each.reason}" if each.reason else f"rejected by {each.person}"
            )
    return ""


def _frozen(ask: Ask, starting: bool) -> str:
    stopping = [each for each in ask.freezes if starting or each.in_flight]
    if not stopping:
        return ""
    last = max(stopping, key=lambda each: each.until)
    return f"frozen until {last.until:%Y-%m-%d %H:%M} UTC: {last.reason}"


def _no(why: str) -> ConfirmVerdict:
    return ConfirmVerdict(False, " ".join(why.split()))
