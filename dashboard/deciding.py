"""Which decisions a canary's page offers; those that cannot be taken say why."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.canary import Canary
from dashboard.known import Known
from gates.actions import NOT_ROLLED_BACK
from gates.keys import GATE, ROLLBACK
from gates.permissions import APPROVER, needs

CONFIRMING = frozenset({phases.CONFIRM_ROLLOUT, phases.CONFIRM_TRAFFIC, phases.CONFIRM_PROMOTION})


@dataclass(frozen=True, slots=True)
class Option:
    """One button. `why` is set when it cannot be pressed; `style` is go, plain or danger."""

    action: str
    label: str
    style: str
    address: str
    kind: str = ""
    why: str = ""


def options(known: Known, may_decide: bool) -> list[Option]:
    """The buttons, the most likely one first."""
    style = "go" if known.waiting else "plain"
    found = [
        _option(known, "approve", approve_label(known.waiting), style, _why_not_approve(known)),
        _option(known, "hold", _("Hold…"), "plain", _why_not_hold(known.view.canary)),
        _option(known, "rollback", _("Roll back…"), "danger", _why_not_roll_back(known)),
    ]
    if known.switches.gate is not None and known.switches.gate.open:
        found.insert(1, _option(known, "close", _("Close the gate…"), "plain", kind=GATE))
    if known.switches.rollback is not None and known.switches.rollback.open:
        found.append(_option(known, "close", _("Withdraw the rollback…"), "plain", kind=ROLLBACK))
    if may_decide:
        return found
    role = needs(APPROVER, known.view.canary.namespace)
    return [Option(one.action, one.label, one.style, one.address, one.kind, role) for one in found]


def approve_label(waiting: str) -> str:
    """Named by its effect."""
    labels = {
        phases.CONFIRM_ROLLOUT: _("Approve start…"),
        phases.CONFIRM_TRAFFIC: _("Approve more traffic…"),
        phases.CONFIRM_PROMOTION: _("Approve promotion…"),
    }
    return labels.get(waiting, _("Open the gate…"))


def _option(known: Known, action: str, label: str, style: str, why: str = "", kind: str = "") -> Option:
    namespace, name = known.view.key
    address = reverse("decide", args=[namespace, name, action])
    return Option(action, label, style, address, kind, why)


def _asks(canary: Canary, types: frozenset[str], address: str) -> bool:
    """Hooks of any type may point at a gate; a manifest that cannot be read may hold one."""
    return bool(canary.problem) or any(hook.type in types or address in hook.url for hook in canary.hooks)


def _why_not_approve(known: Known) -> str:
    gate = known.switches.gate
    if gate is not None and gate.open:
        return _("The gate is open already.")
    return _why_not_hold(known.view.canary)


def _why_not_hold(canary: Canary) -> str:
    if not _asks(canary, CONFIRMING, "/gate/"):
        return _("No webhook in this canary's manifest asks a gate.")
    return ""


def _why_not_roll_back(known: Known) -> str:
    canary, rollback = known.view.canary, known.switches.rollback
    if rollback is not None and rollback.open:
        return _("A rollback is requested already.")
    if not _asks(canary, frozenset({"rollback"}), "/rollback/"):
        return _("No rollback webhook in this canary's manifest asks.")
    if canary.phase == "Waiting":
        return _("Nothing to roll back yet: Flagger does not ask while Waiting. Hold keeps it there.")
    if canary.phase in NOT_ROLLED_BACK:
        phase = phases.of(canary.phase).label
        return _("Flagger does not ask about rolling back while “%(phase)s”.") % {"phase": phase}
    return ""
