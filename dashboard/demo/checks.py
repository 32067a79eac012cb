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
    if routing.weight(turn) == 0 and turn.iteration == 0:
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
    """Flagger's two built-in metrics; passing values leave no trace, as with the real one."""
    for metric in turn.analysis.get("metrics", []):
        value, allowed = measure(turn, metric["name"]), metric["thresholdRange"]
        if metric["name"] == "request-success-rate" and value < allowed["min"]:
            halt = f"success rate {value:.2f}% < {allowed['min']}%"
        elif metric["name"] == "request-duration" and value > allowed["max"]:
            halt = f"request duration {value:g}ms > {allowed['max']}ms"
        else:
            continue
        await hooks.warn(turn, f"Halt {turn.title} advancement {halt}")
        return False
    return True
