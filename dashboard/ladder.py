"""The way of a release as a ladder: gates with who approved them, steps, the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from dashboard import confirms
from dashboard.canary import Canary, Strategy
from dashboard.confirms import Confirm
from dashboard.known import Known
from dashboard.progress import counts_iterations, step
from dashboard.said import Voice
from gates.confirm_rules import Hook, Reach

DONE, NOW, NEXT, BAD = "done", "now", "next", "bad"
# Above this many steps the ladder draws them as one rung of small marks.
MOST_RUNGS = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """One step of a long ladder."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Rung:
    """`state` is done, now, next or bad; `gate`: Flagger asks here; `marks`: many steps in one rung;
    `people`: who approved it, with both clocks."""

    label: str
    state: str
    note: str = ""
    gate: bool = False
    marks: tuple[Mark, ...] = ()
    people: tuple[Voice, ...] = ()


def ladder(known: Known) -> list[Rung]:
    """The steps of this canary's strategy."""
    canary = known.view.canary
    at = _PLACES.get(canary.phase, -1)
    found = confirms.of(known)
    asks_start, asks_promotion = _("Flagger asks before it starts"), _("Flagger asks before it promotes")
    rungs = [
        *_gates(known, found, Rung(_("Start"), _state(at, 0), asks_start), Hook.START),
        *_steps(known, at),
        *_gates(known, found, Rung(_("Promotion"), _state(at, 2), asks_promotion), Hook.PROMOTION),
        Rung(_("Promoting"), _state(at, 3), _("the primary becomes the new revision")),
        Rung(_("Finalising"), _state(at, 4), _("all traffic to the primary")),
    ]
    if canary.phase == "Failed":
        return [*rungs, Rung(_("Failed"), BAD, canary.message or _("rolled back"))]
    return [*rungs, Rung(_("Done"), DONE if at == 5 else NEXT)]


# Start gate, steps, promotion gate, promoting, finalising, done; -1: nothing has begun.
_PLACES = {
    "Waiting": 0,
    "Progressing": 1,
    "WaitingPromotion": 2,
    "Promoting": 3,
    "Finalising": 4,
    "Succeeded": 5,
}


def _state(at: int, place: int) -> str:
    return NEXT if at < place else NOW if at == place else DONE


def _gates(known: Known, found: list[Confirm], plain: Rung, hook: Hook) -> Iterable[Rung]:
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


def _steps(known: Known, at: int) -> Iterable[Rung]:
    canary, (reached, total) = known.view.canary, step(known.view)
    if canary.skip_analysis or canary.strategy is Strategy.NONE or not total:
        yield Rung(_("No analysis"), _state(at, 1), _("promoted at once"))
        return
    marks = [Mark(_label(canary, place), _step_state(at, place, reached)) for place in range(total)]
    gate = any(hook.type == Hook.TRAFFIC for hook in canary.hooks)
    asks = _("Flagger asks before each step") if gate else ""
    if total > MOST_RUNGS:
        label = _("%(m)d iterations") if counts_iterations(canary) else _("%(m)d steps")
        yield Rung(label % {"m": total}, _state(at, 1), asks, marks=tuple(marks))
        return
    held = known.waiting == Hook.TRAFFIC
    for place, mark in enumerate(marks):
        note = ""
        if mark.state == NOW:
            note = _("held: Flagger was told not yet") if held else asks
        people = () if counts_iterations(canary) else _let_through(known, canary.steps[place], mark.state)
        yield Rung(mark.label, mark.state, note, people=people)


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
