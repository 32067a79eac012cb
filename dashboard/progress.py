"""How far a release has come, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.analysis import TOTAL_WEIGHT
from dashboard.asking import Asked
from dashboard.canary import Canary, Strategy
from dashboard.store import CanaryView


def counts_iterations(canary: Canary) -> bool:
    """Blue/Green and A/B count iterations instead of weights."""
    return canary.strategy in (Strategy.BLUE_GREEN, Strategy.AB_TEST)


def by_match(canary: Canary) -> bool:
    """A/B testing: a share of the requests that meet a condition, not of all."""
    return canary.strategy is Strategy.AB_TEST


def whom(view: CanaryView) -> str:
    """What A/B testing sends to the canary now, in place of a share of all requests."""
    if not view.weight.value:
        return _("no requests")
    return _("matching requests") if view.weight.value == TOTAL_WEIGHT else traffic(view)


def traffic(view: CanaryView) -> str:
    """The canary's share, and of what: `25 % to the canary`, `100 % of the requests that match`."""
    words = _("%(weight)s %% to the canary")
    if by_match(view.canary):
        words = _("%(weight)s %% of the requests that match")
    return words % {"weight": view.weight.value}


def step(view: CanaryView) -> tuple[int, int]:
    """Steps reached and steps in all; iterations likewise (Flagger's counter may read -1 or one too many)."""
    canary = view.canary
    if counts_iterations(canary):
        return min(max(canary.iteration, 0), canary.iterations), canary.iterations
    return sum(weight <= view.weight.value for weight in canary.steps), len(canary.steps)


def waiting(view: CanaryView, asked: Asked, held: str) -> str:
    """The hook that holds this canary, or "". `held`: the typed hook that was told no since a while."""
    canary = view.canary
    if canary.suspended or canary.deleting:
        return ""
    if canary.phase == "Waiting":
        return phases.CONFIRM_ROLLOUT
    if canary.phase == "WaitingPromotion":
        return phases.CONFIRM_PROMOTION
    if canary.phase != "Progressing":
        return ""
    if held:
        return held
    if asked.refused is None or (view.phase_since is not None and asked.refused < view.phase_since):
        return ""
    if asked.hook:
        return asked.hook if asked.hook != phases.CONFIRM_ROLLOUT else ""
    asks = any(hook.type == phases.CONFIRM_TRAFFIC for hook in canary.hooks)
    return phases.CONFIRM_TRAFFIC if asks else ""


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
