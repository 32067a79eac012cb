"""The rule book of the typed hooks, pure: who approved what, the policy, the freezes → yes or no, and why.

A yes on a confirm hook needs enough live approvals by distinct people whom the policy permits, each for
this revision and this step, outside of freezes, without a rejection and without a request to roll back.
Everything that is not known is a no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gates.facts import RESTING_PHASES, Facts, Unreadable
from gates.policy import Policy, read
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
# The phases in which Flagger asks each: in another one the call is not Flagger's, or tells the wrong hook.
ASKED_IN: Mapping[Hook, frozenset[str]] = {
    Hook.START: RESTING_PHASES | {"Waiting"},
    Hook.TRAFFIC: frozenset({"Progressing"}),
    Hook.PROMOTION: ROLLED_BACK_IN,
}
# Only these let Flagger ask about traffic; the others know no steps.
WEIGHTED = "canary"


class Reach(StrEnum):
    """How far a traffic approval goes."""

    STEP = "step"
    UP_TO = "up-to"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's live approval. `weight` in per cent is where its `reach` ends (STEP, UP_TO).

    `gate` is the name behind the hook's address. `checksum` is Flagger's for the release that the person
    saw, "" until it is known. `groups` are the person's, `reasoned`: with a reason. `answered`: Flagger was
    told at this hook, `passed`: it let the last question about traffic pass.
    """

    decision: int
    person: str
    hook: Hook
    revision: str
    gate: str = ""
    checksum: str = ""
    reach: Reach = Reach.ALL
    weight: int = TOTAL
    groups: frozenset[str] = frozenset()
    reasoned: bool = False
    answered: bool = False
    passed: bool = False

    def told(self, hook: Hook) -> bool:
        """Flagger got a yes at `hook` out of it."""
        return self.passed if hook is Hook.TRAFFIC and self.hook is Hook.PROMOTION else self.answered


@dataclass(frozen=True, slots=True)
class Rejection:
    """Somebody, or the policy, said no to this revision's hook until it is withdrawn."""

    hook: Hook
    revision: str
    person: str
    reason: str
    gate: str = ""


@dataclass(frozen=True, slots=True)
class FreezeWindow:
    """A freeze that covers this canary now; `in_flight`: it stops releases under way, too."""

    until: datetime
    reason: str
    in_flight: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything one answer depends on. `metadata` and `checksum` are the payload's own.

    `starts` are the policies of the canary's own confirm-rollout hooks here, by their gates; `intruder` is
    the type of another webhook of the manifest that asks this address; `rollback`: one is requested.
    """

    hook: Hook
    facts: Facts | Unreadable
    policy: Policy
    gate: str = ""
    approvals: Sequence[Approval] = ()
    rejections: Sequence[Rejection] = ()
    freezes: Sequence[FreezeWindow] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    checksum: str = ""
    starts: Mapping[str, Policy] = field(default_factory=dict)
    intruder: str = ""
    rollback: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmVerdict:
    """`counted` are the decisions that make the yes; those not yet told get an entry first. `waits`: people
    can change this no, so Flagger's waiting begins with it."""

    yes: bool
    why: str
    counted: tuple[Approval, ...] = ()
    waits: bool = False


def confirm(ask: Ask) -> ConfirmVerdict:
    """What Flagger is told on a confirm hook."""
    facts, why = ask.facts, _unanswerable(ask)
    if why or not isinstance(facts, Facts):
        return _no(why)
    starting = ask.hook is Hook.START or (ask.hook is Hook.TRAFFIC and facts.weight == 0)
    if why := _rejected(ask, facts, starting) or frozen(ask.freezes, starting):
        return _waiting(why)
    if ask.rollback and ask.hook is not Hook.START:
        return _waiting("a rollback is requested")
    counted: list[Approval] = []
    if ask.hook is Hook.TRAFFIC and starting:
        # A newer revision restarts at weight 0 without being asked to start: it is caught here.
        for gate, policy in sorted(ask.starts.items()):
            start = _quorum(ask, facts, Hook.START, gate, policy)
            if not start.yes:
                return _waiting(f"start: {start.why}")
            counted += start.counted
    verdict = _quorum(ask, facts, ask.hook, ask.gate, ask.policy)
    return replace(verdict, counted=(*verdict.counted, *counted)) if verdict.yes else verdict


def _unanswerable(ask: Ask) -> str:
    """Why no decision of anybody could make this a yes."""
    if ask.policy.problem:
        return f"policy: {ask.policy.problem}"
    if not isinstance(ask.facts, Facts) or not ask.facts.revision:
        return "revision unknown"
    if ask.intruder:
        return f"the manifest's {ask.intruder} webhook asks here, too"
    if dict(ask.metadata) != dict(ask.policy.source):
        return "policy differs from the manifest"
    if ask.facts.phase not in ASKED_IN[ask.hook]:
        return f"Flagger does not ask this in phase {ask.facts.phase or 'new'}"
    return ""


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


def frozen(freezes: Sequence[FreezeWindow], starting: bool) -> str:
    """Why freezes stop this now, or "": they stop starts, and releases under way only when they say so."""
    stopping = [each for each in freezes if starting or each.in_flight]
    if not stopping:
        return ""
    last = max(stopping, key=lambda each: each.until)
    return f"frozen until {last.until:%Y-%m-%d %H:%M} UTC: {last.reason}"


def unapproved(facts: Facts, approvals: Sequence[Approval]) -> bool:
    """A revision runs whose start nobody approved, although the manifest asks here, and no hook can stop it.

    At weight 0 the traffic hook, where there is one that is asked, still can.
    """
    typed = {spec.typed for spec in facts.specs if spec.type == spec.typed}
    if Hook.START not in typed or facts.phase not in ROLLED_BACK_IN or not facts.revision:
        return False
    if facts.weight == 0 and asks_about_traffic(facts):
        return False
    return not all(
        _started(facts, spec.gate, read(spec.metadata), approvals)
        for spec in facts.specs
        if spec.typed == spec.type == Hook.START
    )


def asks_about_traffic(facts: Facts) -> bool:
    """Flagger asks here before each step, so a release that restarts at weight 0 can be stopped there."""
    typed = any(spec.typed == spec.type == Hook.TRAFFIC for spec in facts.specs)
    return typed and facts.phase in ASKED_IN[Hook.TRAFFIC] and facts.strategy == WEIGHTED


def _started(facts: Facts, gate: str, policy: Policy, approvals: Sequence[Approval]) -> bool:
    """Flagger was told to start this revision, or would be."""
    mine = [
        each
        for each in approvals
        if (each.hook, each.gate, each.revision) == (Hook.START, gate, facts.revision)
        and each.checksum in {"", facts.checksum}
    ]
    people = {each.person for each in mine if permitted(each, policy)}
    return any(each.answered for each in mine) or (not policy.problem and len(people) >= policy.approvals)


def permitted(approval: Approval, policy: Policy) -> bool:
    """The policy lets this person's approval count: it may have changed since it was given."""
    if policy.group and policy.group not in approval.groups:
        return False
    return approval.reasoned or not policy.reason_required


def _quorum(ask: Ask, facts: Facts, hook: Hook, gate: str, policy: Policy) -> ConfirmVerdict:
    reaching = [each for each in ask.approvals if covers(each, hook, facts) and _here(each, hook, gate)]
    bound = [each for each in reaching if each.revision == facts.revision and _same_release(each, ask, facts)]
    people = {each.person: each for each in bound if permitted(each, policy)}
    if len(people) >= policy.approvals:
        return ConfirmVerdict(True, "Approved", tuple(people.values()))
    if reaching and not bound:
        return _waiting("revision changed")
    group = f" by {policy.group}" if policy.group else ""
    return _waiting(f"waiting for approval {len(people) + 1} of {policy.approvals}{group}")


def _here(approval: Approval, hook: Hook, gate: str) -> bool:
    """Said at this address; the promotion has one of its own."""
    return approval.gate == gate or approval.hook is not hook


def _same_release(approval: Approval, ask: Ask, facts: Facts) -> bool:
    """Flagger's checksum is fresh from Progressing on; at the start it still names the release before."""
    if ask.hook is Hook.START:
        return True
    return ask.checksum != "" and ask.checksum == (approval.checksum or facts.checksum)


def _rejected(ask: Ask, facts: Facts, starting: bool) -> str:
    for each in ask.rejections:
        here = (each.hook, each.gate) == (ask.hook, ask.gate)
        start = starting and each.hook is Hook.START and each.gate in ask.starts
        if (here or start) and each.revision == facts.revision:
            return (
                f"rejected by {each.person}: {each.reason}" if each.reason else f"rejected by {each.person}"
            )
    return ""


def _waiting(why: str) -> ConfirmVerdict:
    return replace(_no(why), waits=True)


def _no(why: str) -> ConfirmVerdict:
    return ConfirmVerdict(False, " ".join(why.split()))
