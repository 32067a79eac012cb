"""The rungs of the analysis: mirroring, weights, iterations."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from dashboard.analysis import step_from
from dashboard.canary import Canary, Strategy
from dashboard.known import Known
from dashboard.progress import counts_iterations, step
from dashboard.rungs import DONE, MOST_RUNGS, NEXT, NOW, Mark, Rung, state
from dashboard.said import Voice
from gates.confirm_rules import Hook, Reach


def steps(known: Known, at: int, mirroring: bool) -> Iterable[Rung]:
    """One for each step, or one for all where there are many."""
    canary, (reached, total) = known.view.canary, step(known.view)
    if not total:
        yield Rung("0 %", state(at, 1), _("no steps: it stays here for ever"))
        return
    mirrors = canary.mirror and canary.strategy is Strategy.CANARY
    if mirrors:
        yield _mirror(canary, _step_state(at, 0, reached + 1), mirroring)
    # While requests are mirrored, no step has begun.
    begun = reached or not mirrors
    marks = [
        Mark(_label(canary, place), _step_state(at, place, reached) if begun or at != 1 else NEXT)
        for place in range(total)
    ]
    asks = _asks(canary)
    if total > MOST_RUNGS:
        label = _("%(m)d iterations") if counts_iterations(canary) else _("%(m)d steps")
        yield Rung(label % {"m": total}, state(at, 1), _stalls(canary) or asks, marks=tuple(marks))
        return
    held = known.waiting == Hook.TRAFFIC
    for place, mark in enumerate(marks):
        note = _stalls(canary) if place == total - 1 else ""
        if mark.state == NOW and not note:
            note = _("held: Flagger was told not yet") if held else asks
        people = () if counts_iterations(canary) else _let_through(known, canary.steps[place], mark.state)
        yield Rung(mark.label, mark.state, note, people=people)


def _asks(canary: Canary) -> str:
    if canary.strategy is Strategy.CANARY and any(hook.type == Hook.TRAFFIC for hook in canary.hooks):
        return _("Flagger asks before each step")
    if canary.mirror and canary.strategy is Strategy.BLUE_GREEN and canary.provider != "kubernetes":
        return _("the canary gets copies of requests; its answers are dropped")
    return ""


def _mirror(canary: Canary, at: str, mirroring: bool) -> Rung:
    """Flagger's first step where `mirror` is set: the weight stays 0."""
    notes = [_("the canary gets copies of requests; its answers are dropped")]
    if at == NOW and not mirroring:
        notes = [_("before this step")]
    if _asks(canary):
        notes.append(_("Flagger asks before mirroring, and not again before the first step"))
    return Rung(_("Mirroring"), at, " · ".join(notes))


def _stalls(canary: Canary) -> str:
    """Why Flagger never leaves the last weight of the ladder, or ""."""
    if canary.strategy is not Strategy.CANARY:
        return ""
    last = canary.steps[-1]
    following = step_from(last, canary.step_weight, canary.step_weights, canary.max_weight)
    return _("stays here for ever: the next weight is not above it") if following == last else ""


def _let_through(known: Known, weight: int, state: str) -> tuple[Voice, ...]:
    """Who approved the step to that weight: for itself, or as part of more that is still to come.

    Whether a step that is done was part of more cannot be told: somebody may have approved it before.
    """
    mine = [
        voice
        for voice in known.said.voices
        if voice.yes and voice.hook is Hook.TRAFFIC and voice.revision == known.view.revision
    ]
    itself = tuple(voice for voice in mine if voice.reach is not Reach.ALL and voice.weight == weight)
    more = tuple(voice for voice in mine if voice.reach is not Reach.STEP and voice.weight >= weight)
    return itself or (more if state == NEXT else ())


def _label(canary: Canary, place: int) -> str:
    if counts_iterations(canary):
        return _("Iteration %(n)d") % {"n": place + 1}
    return f"{canary.steps[place]} %"


def _step_state(at: int, place: int, reached: int) -> str:
    """The step reached last is the present one; before the first step that is the first."""
    if at != 1:
        return DONE if at > 1 else NEXT
    now = max(reached - 1, 0)
    return DONE if place < now else NOW if place == now else NEXT
