"""Which decisions a canary's page offers; those that cannot be taken say why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from dashboard import confirms, phases
from dashboard.canary import Canary
from dashboard.confirms import Confirm
from dashboard.known import Known
from gates import clusters
from gates.actions import NOT_ROLLED_BACK
from gates.confirm_rules import Hook
from gates.keys import GATE, ROLLBACK
from gates.permissions import APPROVER, needs


@dataclass(frozen=True, slots=True)
class Option:
    """One button. `why` is set when it cannot be pressed; `style` is go, plain or danger; `fields` say
    what exactly is meant."""

    action: str
    label: str
    style: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    why: str = ""

    @property
    def address(self) -> str:
        """Of its dialog."""
        return f"{self.path}?{urlencode(self.fields)}" if self.fields else self.path


def options(known: Known, may_decide: bool, person: str = "") -> list[Option]:
    """The buttons, the most likely one first; `person` is who looks, "" when that is left open."""
    confirm = confirms.current(known)
    found = _typed(known, confirm, person) if confirm is not None else _dropped_in(known)
    if not (rejects_start(known) and confirm is not None and confirm.rejected):
        found.append(_rollback(known))
    if known.switches.gate is not None and known.switches.gate.open:
        found.insert(1, _option(known, "close", _("Close the gate…"), "plain", kind=GATE))
    if known.switches.rollback is not None and known.switches.rollback.open:
        found.append(_option(known, "close", _("Withdraw the rollback…"), "plain", kind=ROLLBACK))
    return [allowed(known, each, may_decide) for each in found]


def allowed(known: Known, option: Option, may_decide: bool) -> Option:
    """The same; without the role it cannot be pressed."""
    return option if may_decide else replace(option, why=needs(APPROVER, known.view.canary.namespace))


def approve_label(waiting: str) -> str:
    """Of the drop-in gate, named by its effect."""
    labels = {
        phases.CONFIRM_ROLLOUT: _("Approve start…"),
        phases.CONFIRM_TRAFFIC: _("Approve more traffic…"),
        phases.CONFIRM_PROMOTION: _("Approve promotion…"),
    }
    return labels.get(waiting, _("Open the gate…"))


def approval(known: Known, confirm: Confirm, style: str, person: str = "") -> Option:
    """The button that approves this hook; somebody counts once, but may let more traffic through."""
    why = ""
    if confirm.policy.problem:
        why = _("The policy in the manifest cannot be used: %(problem)s.") % {
            "problem": confirm.policy.problem
        }
    elif confirm.approved and confirm.hook is not Hook.TRAFFIC:
        why = _("Approved already.")
    elif _has_approved(confirm, person) and confirm.hook is not Hook.TRAFFIC:
        why = _("You have approved already.")
    return _option(known, "approve", f"{confirm.deed}…", style, why, hook=confirm.hook, gate=confirm.gate)


def withdrawal(known: Known, decision: int, label: str) -> Option:
    """The button that takes back what somebody said."""
    return _option(known, "close", label, "plain", decision=str(decision))


def comment(known: Known, may_decide: bool) -> Option:
    """The button that only leaves a line."""
    return allowed(known, _option(known, "comment", _("Comment…"), "plain"), may_decide)


def rejects_start(known: Known) -> bool:
    """Nothing runs yet: what would be a rollback is a no to this revision's start."""
    if known.view.canary.phase != "Waiting":
        return False
    return any(each.hook is Hook.START for each in confirms.of(known))


def _has_approved(confirm: Confirm, person: str) -> bool:
    return any(voice.person == person for voice in confirm.counted)


def _typed(known: Known, confirm: Confirm, person: str) -> list[Option]:
    wanted = known.waiting and not confirm.approved and not confirm.rejected
    style = "go" if wanted and not _has_approved(confirm, person) else "plain"
    found = [approval(known, confirm, style, person)]
    if confirm.rejected:
        found.append(withdrawal(known, confirm.rejected[0].decision, _("Withdraw the rejection…")))
    elif not rejects_start(known):
        found.append(_option(known, "hold", _("Reject…"), "plain", hook=confirm.hook, gate=confirm.gate))
    return found


def _dropped_in(known: Known) -> list[Option]:
    style = "go" if known.waiting else "plain"
    gate, why = known.switches.gate, ""
    approve, hold = approve_label(known.waiting), _("Hold…")
    if not confirms.dropped_in(known):
        why = _("No webhook in this canary's manifest asks a gate.")
        if confirms.of(known):
            phase = phases.of(known.view.canary.phase).label
            why = _("Flagger asks for nothing while “%(phase)s”.") % {"phase": phase}
            approve, hold = _("Approve…"), _("Reject…")
    opened = _("The gate is open already.") if gate is not None and gate.open else ""
    return [
        _option(known, "approve", approve, style, opened or why),
        _option(known, "hold", hold, "plain", why),
    ]


def _rollback(known: Known) -> Option:
    if rejects_start(known):
        return _option(known, "rollback", _("Reject this revision…"), "danger")
    return _option(known, "rollback", _("Roll back…"), "danger", _why_not_roll_back(known))


def _option(known: Known, action: str, label: str, style: str, why: str = "", **fields: str) -> Option:
    path = clusters.address("decide", known.view.canary.cluster, *known.view.key, action)
    return Option(
        action, label, style, path, tuple((name, str(it)) for name, it in fields.items() if it), why
    )


def asks_rollback(canary: Canary) -> bool:
    """A hook of the manifest asks whether to roll back; one that cannot be read may."""
    return bool(canary.problem) or any(
        hook.type == ROLLBACK or "/rollback/" in hook.url for hook in canary.hooks
    )


def _why_not_roll_back(known: Known) -> str:
    canary, rollback = known.view.canary, known.switches.rollback
    if rollback is not None and rollback.open:
        return _("A rollback is requested already.")
    if not asks_rollback(canary):
        return _("No rollback webhook in this canary's manifest asks.")
    if canary.phase == "Waiting":
        return _("Nothing to roll back yet: Flagger does not ask while Waiting. Hold keeps it there.")
    if canary.phase in NOT_ROLLED_BACK:
        phase = phases.of(canary.phase).label
        return _("Flagger does not ask about rolling back while “%(phase)s”.") % {"phase": phase}
    return ""
