"""The rungs after the analysis: the question before the promotion, and the traffic's way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from dashboard import promotion
from dashboard.analysis import TOTAL_WEIGHT
from dashboard.canary import Strategy
from dashboard.confirms import Confirm
from dashboard.known import Known
from dashboard.ladder_gates import gates
from dashboard.rungs import DONE, MOST_RUNGS, NEXT, NOW, Mark, Rung, state
from dashboard.store import CanaryView
from gates.confirm_rules import Hook


def before_promotion(known: Known, found: list[Confirm], at: int) -> Iterable[Rung]:
    """The question before the promotion; Blue/Green asks it twice, around sending everybody to the canary."""
    canary, weight = known.view.canary, known.view.weight.value
    plain = Rung(_("Promotion"), state(at, 2), _("Flagger asks before it promotes"))
    if canary.strategy is not Strategy.BLUE_GREEN or canary.provider == "kubernetes":
        yield from gates(known, found, plain, Hook.PROMOTION)
        return
    # The status says neither: in WaitingPromotion it counts iterations anew.
    switched = at > 2 or (at == 2 and weight == TOTAL_WEIGHT)
    switching = at == 1 and canary.iteration > canary.iterations
    asked = DONE if switched or switching else plain.state
    yield from gates(known, found, replace(plain, state=asked), Hook.PROMOTION)
    everybody = DONE if switched else NOW if switching else NEXT
    yield Rung(_("All traffic to the canary"), everybody, _("for one interval, before the primary changes"))
    if any(hook.type == Hook.PROMOTION for hook in canary.hooks):
        again = state(at, 2) if switched else NEXT
        yield Rung(_("Promotion, once more"), again, _("Flagger asks a second time"), gate=True)


def promoting(view: CanaryView, at: int) -> Iterable[Rung]:
    """The primary changes, then gets its traffic back, at once or in steps."""
    shares = promotion.shares(view.canary)
    note = _("the primary becomes the new revision")
    if not shares:
        note = _("the primary becomes the new revision and gets all traffic")
    taken = promotion.reached(view.canary, view.weight.value) if at == 3 else 0
    yield Rung(_("Promoting"), DONE if taken else state(at, 3), note)
    marks = tuple(
        Mark(_("Primary %(share)d %%") % {"share": share}, _promoted(at, place, taken))
        for place, share in enumerate(shares)
    )
    if len(marks) > MOST_RUNGS:
        back = NEXT if at == 3 and not taken else state(at, 3)
        yield Rung(_("%(m)d steps back to the primary") % {"m": len(marks)}, back, marks=marks)
    else:
        yield from (Rung(mark.label, mark.state) for mark in marks)
    yield Rung(_("Finalising"), state(at, 4), _("the canary's pods go"))


def _promoted(at: int, place: int, taken: int) -> str:
    if at != 3:
        return state(at, 3)
    return DONE if place < taken - 1 else NOW if place == taken - 1 else NEXT
