"""What the dialog of a decision says: its name, what happens then, and what has to be filled in."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard import confirms, deciding
from dashboard.confirms import Confirm
from dashboard.known import Known
from dashboard.said import Voice
from gates.confirm_rules import Hook
from gates.keys import ROLLBACK


@dataclass(frozen=True, slots=True)
class Dialog:
    """`effect` is what happens. `button` names the deed, `style` is go or bad. `hint`: what else to know."""

    title: str
    effect: str
    button: str
    style: str = "go"
    reason_required: bool = False
    hint: str = ""


def of(
    action: str, known: Known, confirm: Confirm | None, voice: Voice | None, kind: str, person: str
) -> Dialog:
    """For a drop-in gate `confirm` is None; `voice` is the approval or rejection that `person` withdraws."""
    if action == "comment":
        return Dialog(
            _("Comment"), _("A line in the log, with your name. Nothing else happens."), _("Comment"),
            reason_required=True,
        )  # fmt: skip
    if action == "rollback":
        return _rollback(known)
    if action == "close":
        return _withdraw(voice) if voice is not None else _close(kind)
    if confirm is None:
        return _approve_gate(known) if action == "approve" else _hold_gate()
    return _approve(known, confirm, person) if action == "approve" else _reject(confirm.label)


def reaches(known: Known, confirm: Confirm | None) -> list[tuple[str, str]]:
    """How far more traffic may be approved: values of the form's field `far`, with their words."""
    if confirm is None or confirm.hook is not Hook.TRAFFIC:
        return []
    everything = ("all", _("all the way: every step, and on to the promotion"))
    if confirm.next is None:
        return [("all", _("go on, to the promotion"))]
    view = known.view
    step = (f"step:{confirm.next}", _("the next step only: %(weight)d %%") % {"weight": confirm.next})
    later = [weight for weight in view.canary.steps if confirm.next < weight <= 100]
    return [step, *((f"up-to:{weight}", _("up to %(weight)d %%") % {"weight": weight}) for weight in later),
            everything]  # fmt: skip


def _approve(known: Known, confirm: Confirm, person: str) -> Dialog:
    effects = {
        Hook.START: _("Flagger is told yes, and starts to send traffic to this revision."),
        Hook.TRAFFIC: _("Flagger is told yes, and sends more traffic to this revision, as far as you choose.")
        if confirm.next is not None
        else _("Flagger is told yes, and goes on to the promotion."),
        Hook.PROMOTION: _("Flagger is told yes, and makes this revision the primary: it gets all traffic."),
    }
    mine = any(voice.person == person for voice in confirm.counted)
    others = confirm.missing - (not mine)
    if mine and others > 0:
        effect = _("You have approved already: Flagger waits for %(n)d more, by somebody else.") % {
            "n": others
        }
    elif others > 0:
        effect = _("Your approval counts. Flagger waits for %(n)d more.") % {"n": others}
    else:
        effect = effects[confirm.hook]
    waits = known.waiting and confirms.current(known) == confirm
    hint = "" if waits else _("Flagger does not wait for this now: it will ask later, and is told yes then.")
    choice = confirm.hook is Hook.TRAFFIC and confirm.next is not None
    title, button = (_("Approve more traffic"), _("Approve")) if choice else (confirm.deed, confirm.deed)
    return Dialog(title, effect, button, reason_required=confirm.policy.reason_required, hint=hint)


def _reject(label: str) -> Dialog:
    effect = _("Flagger is told no here, with your name and reason, until this is withdrawn or a newer "
               "revision comes. Approvals do not count meanwhile.")  # fmt: skip
    return Dialog(f"{_('Reject')} · {label}", effect, _("Reject"), "bad", reason_required=True)


def _rollback(known: Known) -> Dialog:
    if deciding.rejects_start(known):
        effect = _("This revision does not start: Flagger is told no, with your name and reason, and goes on "
                   "waiting. Nothing runs yet, so there is nothing to roll back. Out of Waiting leads only a "
                   "yes, to a newer revision or, once this is withdrawn, to this one.")  # fmt: skip
        return Dialog(_("Reject this revision"), effect, _("Reject"), "bad", reason_required=True)
    effect = _("Flagger is told to roll back when it asks next: all traffic returns to the primary, and this "
               "revision has failed. It wins over every approval, and ends by itself with the release or "
               "after one hour.")  # fmt: skip
    return Dialog(_("Roll back"), effect, _("Roll back"), "bad", reason_required=True)


def _withdraw(voice: Voice) -> Dialog:
    who = {"who": voice.person}
    if voice.yes:
        effect = _("The approval of %(who)s no longer counts. Flagger has not been told yes so far.") % who
        return Dialog(_("Withdraw the approval"), effect, _("Withdraw"))
    effect = _("The rejection of %(who)s no longer blocks this revision; approvals count again.") % who
    return Dialog(_("Withdraw the rejection"), effect, _("Withdraw"))


def _close(kind: str) -> Dialog:
    if kind == ROLLBACK:
        effect = _("The request to roll back is taken back, if Flagger has not followed it yet.")
        return Dialog(_("Withdraw the rollback"), effect, _("Withdraw"))
    effect = _(
        "The gate is closed: Flagger is told no from now on. What Flagger has already done stays done."
    )
    return Dialog(_("Close the gate"), effect, _("Close the gate"))


def _approve_gate(known: Known) -> Dialog:
    effects = {
        Hook.START: _("Flagger is told yes when it asks next, and starts to send traffic to this revision."),
        Hook.PROMOTION: _("Flagger is told yes when it asks next, and makes this revision the primary: it "
                          "gets all traffic."),
        Hook.TRAFFIC: _("Flagger is told yes when it asks next, and sends more traffic to this revision."),
    }  # fmt: skip
    later = _("Flagger does not wait at the moment. From now on it is told yes at every question of this "
              "canary's gate.")  # fmt: skip
    label = deciding.approve_label(known.waiting).rstrip("…")
    return Dialog(label, effects[Hook(known.waiting)] if known.waiting else later, label)


def _hold_gate() -> Dialog:
    effect = _("The gate is closed, or stays closed, with your name and reason: Flagger is told no until "
               "somebody opens it.")  # fmt: skip
    return Dialog(_("Hold"), effect, _("Hold"))
