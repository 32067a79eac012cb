"""The ladder of a failed release: the status has forgotten how far it came, its record has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from dashboard.known import Known
from dashboard.rungs import BAD, DONE, MISSED, NEXT, NOW, UNKNOWN, Mark, Rung
from dashboard.weights import STATUS, Weight


@dataclass(frozen=True, slots=True)
class Fallen:
    """The last phase before it failed, the highest weight in per cent, the highest iteration, and whether
    requests were ever copied to the canary."""

    phase: str
    weight: int
    iteration: int
    mirrored: bool = False


def before(known: Known, fallen: Fallen | None) -> Known:
    """The canary as it was when it failed; without a record it has only begun."""
    view = known.view
    if fallen is None:
        return known
    canary = replace(view.canary, phase=fallen.phase, iteration=fallen.iteration)
    return replace(known, view=replace(view, canary=canary, weight=Weight(fallen.weight, STATUS)))


def over(rungs: Iterable[Rung], fallen: Fallen | None) -> Iterator[Rung]:
    """The same when nothing moves any more: nothing is now or to come, and nobody is asked."""
    for rung in rungs:
        if rung.marks:
            yield _together(rung, tuple(replace(mark, state=_state(mark, fallen)) for mark in rung.marks))
        elif rung.gate and rung.state == NOW:
            yield replace(rung, state=BAD, note=_("rolled back here"))
        elif rung.state in (NOW, NEXT):
            # What a gate still misses, and what holds a step, is no question any more.
            note = "" if rung.gate or rung.state == NOW else rung.note
            state = _state(rung, fallen)
            yield replace(rung, state=state, note=note, people=rung.people if state == DONE else ())
        else:
            yield rung


def _state(what: Rung | Mark, fallen: Fallen | None) -> str:
    if fallen is None:
        return UNKNOWN
    begun = fallen.weight > 0 or fallen.iteration > 0 or fallen.mirrored
    if what.state == NOW:
        return DONE if begun else MISSED
    return MISSED if what.state == NEXT else what.state


def _together(rung: Rung, marks: tuple[Mark, ...]) -> Rung:
    """Many steps in one rung: where some were reached and others not, it failed among them."""
    states = {mark.state for mark in marks}
    if len(states) == 1:
        return replace(rung, state=states.pop(), note="", marks=marks)
    last = [mark.label for mark in marks if mark.state == DONE][-1]
    return replace(rung, state=BAD, note=_("reached: %(step)s") % {"step": last}, marks=marks)
