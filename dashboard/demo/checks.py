"""The checks of one interval: pre-rollout hooks before any traffic, afterwards rollout hooks and metrics."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.demo import routing
from dashboard.demo.hooks import Hooks, of_type
from dashboard.demo.turn import Turn

# Turn and name of the metric → value: request-success-rate in per cent, request-duration in milliseconds.
Measure = Callable[[Turn, str], float]


async def checks_pass(turn: Turn, hooks: Hooks, measure: Measure) -> bool:
    """Whether the analysis may go on; says why not in an event."""
    if routing.weight(turn) == 0 and turn.iteration == 0 and not routing.mirrored(turn):
        await hooks.info(turn, f"Starting canary analysis for {turn.target}.{turn.namespace}")
        return await _pre_rollout(turn, hooks)
    return await _rollout(turn, hooks) and await _metrics(turn, hooks, measure)


async def _pre_rollout(turn: Turn, hooks: Hooks) -> bool:
    for hook in of_type(turn, "pre-rollout"):
        reason = await hooks.ask(turn, hook, "Progressing")
        if reason is not None:
            halt = f"Halt {turn.title} advancement pre-rollout check {hook['name']} failed {reason}"
            await hooks.warn(turn, halt)
            return False
        await hooks.info(turn, f"Pre-rollout check {hook['name']} passed")
    return True


async def _rollout(turn: Turn, hooks: Hooks) -> bool:
    for hook in of_type(turn, "rollout"):
        reason = await hooks.ask(turn, hook, "Progressing")
        if reason is not None:
            halt = f"Halt {turn.title} advancement external check {hook['name']} failed {reason}"
            await hooks.warn(turn, halt)
            return False
    return True


async def _metrics(turn: Turn, hooks: Hooks, measure: Measure) -> bool:
    """Flagger's two built-in metrics, then templates; passing values leave no event, as with the real one."""
    for metric in sorted(turn.analysis.get("metrics", []), key=lambda each: "templateRef" in each):
        name, allowed = metric["name"], metric["thresholdRange"]
        value = measure(turn, name)
        if value < allowed.get("min", value):
            halt = f"{_shown(name, value)} < {_limit(name, allowed['min'])}"
        elif value > allowed.get("max", value):
            halt = f"{_shown(name, value)} > {_limit(name, allowed['max'])}"
        else:
            continue
        await hooks.warn(turn, f"Halt {turn.title} advancement {halt}")
        return False
    return True


def _shown(metric: str, value: float) -> str:
    if metric == "request-success-rate":
        return f"success rate {value:.2f}%"
    return f"request duration {value:g}ms" if metric == "request-duration" else f"{metric} {value:.2f}"


def _limit(metric: str, limit: float) -> str:
    unit = {"request-success-rate": "%", "request-duration": "ms"}.get(metric, "")
    return f"{limit:g}{unit}"
