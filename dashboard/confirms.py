"""The typed confirm hooks of one canary: the policy, who has said what, and what is still missing. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard import facts_source
from dashboard.known import Known
from dashboard.said import Voice, Wait
from gates import confirm_rules, policy, typed_actions
from gates.confirm_rules import CONFIRM, TOTAL, Hook
from gates.facts import Facts, HookSpec
from gates.policy import Policy


@dataclass(frozen=True, slots=True)
class Confirm:
    """One webhook. `counted` are the people who count for what Flagger asks next, `idle` those whose
    approval of this revision does not (another step, a group or a reason that the policy asks for).

    `next` is for traffic: the weight in per cent that comes next, None: the question before the promotion.
    """

    hook: Hook
    gate: str
    policy: Policy
    wait: Wait | None
    counted: tuple[Voice, ...]
    idle: tuple[Voice, ...]
    rejected: tuple[Voice, ...]
    next: int | None

    @property
    def missing(self) -> int:
        """Approvals that are still needed."""
        return max(self.policy.approvals - len(self.counted), 0)

    @property
    def approved(self) -> bool:
        """Flagger is told yes when it asks, unless a freeze or a rollback is in the way."""
        return not (self.missing or self.rejected or self.policy.problem)

    @property
    def rejected_here(self) -> bool:
        """Rejected itself; at 0 % a rejected start stops more traffic as well."""
        return any(voice.hook is self.hook for voice in self.rejected)

    @property
    def label(self) -> str:
        """What is asked, for a chip: `Start`, `Next step 25 %`, `Promotion (security)`."""
        return self._named(
            {
                Hook.START: _("Start"),
                Hook.TRAFFIC: _("Before the promotion")
                if self.next is None
                else _("Next step %(weight)d %%") % {"weight": self.next},
                Hook.PROMOTION: _("Promotion"),
            }[self.hook]
        )

    @property
    def deed(self) -> str:
        """What approving it is called: `Approve start`, `Approve 25 %`, `Approve promotion`."""
        return self._named(
            {
                Hook.START: _("Approve start"),
                Hook.TRAFFIC: _("Approve going on")
                if self.next is None
                else _("Approve %(weight)d %%") % {"weight": self.next},
                Hook.PROMOTION: _("Approve promotion"),
            }[self.hook]
        )

    def _named(self, text: str) -> str:
        return f"{text} ({self.gate})" if self.gate else text


def of(known: Known) -> list[Confirm]:
    """In the manifest's order."""
    facts = facts_source.of(known.view)
    return [_confirm(known, facts, spec) for spec in facts.specs if _typed(known, facts, spec)]


def current(known: Known, found: list[Confirm] | None = None) -> Confirm | None:
    """The one that waits, else the one that is asked next; None when that is a drop-in gate, or nothing."""
    found = of(known) if found is None else found
    wait = known.wait
    hook: str | None = wait.hook if wait else known.waiting
    if not hook:
        hook = typed_actions.next_hook(facts_source.of(known.view))
    if hook == Hook.TRAFFIC and known.view.next_weight is None:
        # At the maximum, an approval of the promotion answers the question about traffic as well.
        hook = Hook.PROMOTION if any(each.hook is Hook.PROMOTION for each in found) else hook
    mine = [each for each in found if each.hook == hook]
    waiting = [each for each in mine if each.wait is not None]
    return next(iter(waiting or [each for each in mine if not each.approved] or mine), None)


def one(known: Known, hook: str, gate: str) -> Confirm | None:
    """That of this hook and gate."""
    return next((each for each in of(known) if (each.hook, each.gate) == (hook, gate)), None)


def dropped_in(known: Known) -> bool:
    """Some webhook may ask the drop-in gate, as far as its address tells."""
    canary = known.view.canary
    specs = facts_source.of(known.view).specs
    confirming = [spec for spec in specs if spec.type in CONFIRM and not _typed_address(spec)]
    return bool(canary.problem or confirming) or any("/gate/" in hook.url for hook in canary.hooks)


def _typed_address(spec: HookSpec) -> bool:
    return spec.type in CONFIRM and spec.typed == spec.type


def _typed(known: Known, facts: Facts, spec: HookSpec) -> bool:
    if _typed_address(spec):
        return True
    # An address that is rewritten on the way here tells nothing; what was said and asked does.
    same_type = [each for each in facts.specs if each.type == spec.type]
    if spec.typed or spec.type not in CONFIRM or len(same_type) != 1:
        return False
    heard = {voice.hook for voice in known.said.voices} | {wait.hook for wait in known.said.waits}
    return spec.type in heard


def _confirm(known: Known, facts: Facts, spec: HookSpec) -> Confirm:
    hook, wanted = Hook(spec.type), policy.read(spec.metadata)
    here = [voice for voice in known.said.voices if voice.revision == facts.revision]
    said_yes = [voice for voice in here if voice.yes and _at(voice, hook, spec.gate)]
    counted = {voice.person: voice for voice in said_yes if _counts(voice, hook, facts, wanted)}
    wait = known.wait
    return Confirm(
        hook=hook,
        gate=spec.gate,
        policy=wanted,
        wait=wait if wait and (wait.hook, wait.gate) == (hook, spec.gate) else None,
        counted=tuple(counted.values()),
        idle=tuple(
            voice
            for voice in said_yes
            if voice.hook is hook and counted.get(voice.person) is not voice and voice.answered is None
        ),
        rejected=tuple(voice for voice in here if not voice.yes and _stops(voice, hook, spec.gate, facts)),
        next=None if facts.next_weight is None else min(facts.next_weight, TOTAL),
    )


def _at(voice: Voice, hook: Hook, gate: str) -> bool:
    return (voice.gate == gate or voice.hook is not hook) and voice.hook in {hook, Hook.PROMOTION}


def _counts(voice: Voice, hook: Hook, facts: Facts, wanted: Policy) -> bool:
    rule = voice.rule
    same_release = hook is Hook.START or not rule.checksum or rule.checksum == facts.checksum
    return same_release and confirm_rules.covers(rule, hook, facts) and confirm_rules.permitted(rule, wanted)


def _stops(voice: Voice, hook: Hook, gate: str, facts: Facts) -> bool:
    starting = hook is Hook.TRAFFIC and facts.weight == 0
    return (voice.hook, voice.gate) == (hook, gate) or (starting and voice.hook is Hook.START)
