"""How far a release has come, in words and as a ladder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.canary import Canary, Strategy
from dashboard.store import CanaryView

DONE, NOW, NEXT, BAD = "done", "now", "next", "bad"
# Above this many steps the ladder draws them as one rung of small marks.
MOST_RUNGS = 12


def counts_iterations(canary: Canary) -> bool:
    """Blue/Green and A/B count iterations instead of weights."""
    return canary.strategy in (Strategy.BLUE_GREEN, Strategy.AB_TEST)


def step(view: CanaryView) -> tuple[int, int]:
    """Steps reached and steps in all; iterations likewise (Flagger's counter may read -1 or one too many)."""
    canary = view.canary
    if counts_iterations(canary):
        return min(max(canary.iteration, 0), canary.iterations), canary.iterations
    return sum(weight <= view.weight.value for weight in canary.steps), len(canary.steps)


def waiting(view: CanaryView, refused: datetime | None) -> str:
    """The hook that holds this canary, or "". `refused`: when Flagger's last question was told no."""
    canary = view.canary
    if canary.suspended or canary.deleting:
        return ""
    if canary.phase == "Waiting":
        return phases.CONFIRM_ROLLOUT
    if canary.phase == "WaitingPromotion":
        return phases.CONFIRM_PROMOTION
    if canary.phase != "Progressing" or refused is None:
        return ""
    started = view.phase_since is None or refused >= view.phase_since
    asks = any(hook.type == phases.CONFIRM_TRAFFIC for hook in canary.hooks)
    return phases.CONFIRM_TRAFFIC if started and asks else ""


def caption(view: CanaryView) -> str:
    """One line below the weight bar; the weight's source only when the status would mislead."""
    line = counted(view)
    if view.weight.value == view.canary.status_weight or view.weight.source == "status":
        return line
    source = _("weight from %(source)s") % {"source": view.weight.source}
    return f"{line} · {source}" if view.canary.phase in _COUNTED else line


_COUNTED = frozenset({"Waiting", "Progressing", "WaitingPromotion"})


def counted(view: CanaryView) -> str:
    """How far the release has come, in one line."""
    canary = view.canary
    if canary.problem:
        return _("cannot be read: %(problem)s") % {"problem": canary.problem}
    if canary.suspended:
        return _("suspended: Flagger skips this canary")
    if canary.phase in _CAPTIONS:
        return _CAPTIONS[canary.phase]()
    if canary.phase == "Failed":
        return canary.message or _("rolled back")
    return _steps_counted(view) if canary.phase in _COUNTED else canary.message


_CAPTIONS = {
    "": lambda: _("not yet seen by Flagger"),
    "Initializing": lambda: _("being set up"),
    "Initialized": lambda: _("nothing to roll out"),
    "Promoting": lambda: _("copying to the primary"),
    "Finalising": lambda: _("moving all traffic to the primary"),
    "Succeeded": lambda: _("promoted"),
    "Terminating": lambda: _("being removed"),
    "Terminated": lambda: _("removed"),
}


def _steps_counted(view: CanaryView) -> str:
    canary, (reached, total) = view.canary, step(view)
    if canary.skip_analysis or canary.strategy is Strategy.NONE:
        return _("no analysis")
    if counts_iterations(canary):
        name = _("A/B testing") if canary.strategy is Strategy.AB_TEST else _("Blue/Green")
        return _("%(strategy)s · iteration %(n)d of %(m)d") % {"strategy": name, "n": reached, "m": total}
    if not total:
        return _("no steps")
    if not reached:
        return _("before step 1 of %(m)d") % {"m": total}
    return _("step %(n)d of %(m)d") % {"n": reached, "m": total}


@dataclass(frozen=True, slots=True)
class Mark:
    """One step of a long ladder."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Rung:
    """`state` is done, now, next or bad; `gate`: Flagger asks here; `marks`: many steps in one rung."""

    label: str
    state: str
    note: str = ""
    gate: bool = False
    marks: tuple[Mark, ...] = ()


def ladder(view: CanaryView, held: str) -> list[Rung]:
    """The steps of this canary's strategy; `held` is what `waiting` said."""
    canary = view.canary
    hooks = {hook.type for hook in canary.hooks}
    at = _PLACES.get(canary.phase, -1)
    rungs: list[Rung] = []
    if phases.CONFIRM_ROLLOUT in hooks:
        rungs.append(Rung(_("Start"), _state(at, 0), _("Flagger asks before it starts"), gate=True))
    rungs.extend(_steps(view, at, held))
    if phases.CONFIRM_PROMOTION in hooks:
        rungs.append(Rung(_("Promotion"), _state(at, 2), _("Flagger asks before it promotes"), gate=True))
    rungs.append(Rung(_("Promoting"), _state(at, 3), _("the primary becomes the new revision")))
    rungs.append(Rung(_("Finalising"), _state(at, 4), _("all traffic to the primary")))
    if canary.phase == "Failed":
        rungs.append(Rung(_("Failed"), BAD, canary.message or _("rolled back")))
    else:
        rungs.append(Rung(_("Done"), DONE if at == 5 else NEXT))
    return rungs


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


def _steps(view: CanaryView, at: int, held: str) -> Iterable[Rung]:
    canary, (reached, total) = view.canary, step(view)
    if canary.skip_analysis or canary.strategy is Strategy.NONE or not total:
        yield Rung(_("No analysis"), _state(at, 1), _("promoted at once"))
        return
    marks = [Mark(_label(canary, place), _step_state(at, place, reached)) for place in range(total)]
    gate = any(hook.type == phases.CONFIRM_TRAFFIC for hook in canary.hooks)
    asks = _("Flagger asks before each step") if gate else ""
    if total <= MOST_RUNGS:
        for mark in marks:
            note = ""
            if mark.state == NOW:
                note = _("held: Flagger was told not yet") if held == phases.CONFIRM_TRAFFIC else asks
            yield Rung(mark.label, mark.state, note)
        return
    label = _("%(m)d iterations") if counts_iterations(canary) else _("%(m)d steps")
    yield Rung(label % {"m": total}, _state(at, 1), asks, marks=tuple(marks))


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
