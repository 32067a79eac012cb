"""What the dialog of an intervention says: the whole of what happens, before anything is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard.canary import Canary
from dashboard.interventions import rules
from dashboard.interventions.acts import DANGEROUS, FROZEN, REASON_REQUIRED, Act
from gates.confirm_rules import Hook


@dataclass(frozen=True, slots=True)
class Dialog:
    """`effect` is what happens, `notes` what else to know, `button` the deed, `style` go or bad."""

    title: str
    effect: str
    notes: tuple[str, ...]
    button: str
    style: str = "go"
    reason_required: bool = False


def of(act: Act, canary: Canary, *, frozen: bool = False) -> Dialog:
    """The words for this canary as it is now. `frozen`: some freeze holds it."""
    title, effect, notes, button = _WORDS[act](canary)
    if act in FROZEN:
        notes.append(_("A freeze holds it back.") if frozen else _("A freeze would hold it back."))
    style = "bad" if act in DANGEROUS else "go"
    return Dialog(title, effect, tuple(notes), button, style, act in REASON_REQUIRED)


Words = tuple[str, str, list[str], str]


def _suspend(canary: Canary) -> Words:
    notes = [
        _("Flagger is not heard of any more: it asks no webhook, the one for rolling back included."),
        _git("spec.suspend"),
    ]
    if canary.phase in rules.RUNNING:
        notes.insert(0, _("The traffic stays where it is now, on both revisions, until somebody resumes."))
    effect = _("Sets spec.suspend: Flagger passes this canary over until it is resumed.")
    return _("Suspend"), effect, notes, _("Suspend")


def _resume(canary: Canary) -> Words:
    effect = _("Takes spec.suspend away: Flagger goes on at its next interval, where it stopped.")
    notes = [
        _("What was changed meanwhile starts a release now, with its approvals as usual."),
        _git("spec.suspend"),
    ]
    return _("Resume"), effect, notes, _("Resume")


def _promote(canary: Canary) -> Words:
    effect = _("Sets spec.skipAnalysis: at its next interval Flagger makes this revision the primary at "
               "once, without waiting for the primary's pods, and sends all traffic there.")  # fmt: skip
    notes = [
        _("Nothing is checked any more: no metrics, no tests, no approvals of traffic or promotion, no "
          "rollback."),
        _("It stays set: every later release of this canary skips its analysis as well, until it is taken "
          "back."),
        _git("spec.skipAnalysis"),
    ]  # fmt: skip
    if canary.phase == "Waiting" or any(hook.type == Hook.START for hook in canary.hooks):
        start = _("It does not pass confirm-rollout: a start that waits for approval goes on waiting for it.")
        notes.insert(0, start)
    return _("Promote now"), effect, notes, _("Promote now")


def _retry(canary: Canary) -> Words:
    effect = _("Changes an annotation of the pod template of %(kind)s %(name)s, as kubectl rollout restart "
               "does: Flagger sees a new revision and starts over.") % {
        "kind": canary.target_kind, "name": canary.target_name,
    }  # fmt: skip
    notes = [_("It is a new revision with the same images, so approvals are asked anew.")]
    return _("Retry"), effect, notes, _("Retry")


def _git(what: str) -> str:
    return _("If the manifest is kept in git, the next sync may undo it: change %(field)s there as well.") % {
        "field": what
    }


_WORDS = {Act.SUSPEND: _suspend, Act.RESUME: _resume, Act.PROMOTE_NOW: _promote, Act.RETRY: _retry}
