"""The rungs at which Flagger asks, with who approved them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from dashboard.confirms import Confirm
from dashboard.known import Known
from dashboard.rungs import BAD, DONE, Rung
from gates.confirm_rules import Hook


def gates(known: Known, found: list[Confirm], plain: Rung, hook: Hook) -> Iterable[Rung]:
    """The rung of a confirm hook, if the manifest has one; one for each name of a typed hook."""
    typed = [each for each in found if each.hook is hook]
    if not typed and any(each.type == hook for each in known.view.canary.hooks):
        yield replace(plain, gate=True)
    for each in typed:
        label = f"{plain.label} ({each.gate})" if each.gate else plain.label
        people = tuple(voice for voice in each.counted if voice.hook is hook)
        if hook is Hook.START and known.unapproved:
            yield Rung(label, BAD, _("running without approval"), gate=True)
            continue
        note = "" if people else plain.note
        if plain.state != DONE and not each.approved:
            note = _rejected(each) or _missing(each)
        yield Rung(label, plain.state, note, gate=True, people=people)


def _rejected(confirm: Confirm) -> str:
    people = ", ".join(voice.person for voice in confirm.rejected)
    return _("rejected by %(who)s") % {"who": people} if people else ""


def _missing(confirm: Confirm) -> str:
    wanted = {"n": len(confirm.counted), "m": confirm.policy.approvals}
    return _("approvals %(n)d of %(m)d") % wanted
