"""One step of each strategy: weights, A/B testing, Blue/Green; and the traffic's way back to the primary."""

from __future__ import annotations

from dashboard.analysis import step_from
from dashboard.demo import routing, workloads
from dashboard.demo.hooks import Hooks, of_type
from dashboard.demo.turn import Turn


def threshold(turn: Turn) -> int:
    """How many failed checks roll back."""
    return int(turn.analysis.get("threshold") or 1)


async def step(turn: Turn, hooks: Hooks) -> None:
    """Go on by one step, or promote after the last one."""
    if turn.iterations == 0:
        await _weighted(turn, hooks)
    elif turn.analysis.get("match"):
        await _ab_test(turn, hooks)
    else:
        await _blue_green(turn, hooks)


async def _weighted(turn: Turn, hooks: Hooks) -> None:
    mirrored = routing.mirrored(turn)
    asks = turn.phase != "WaitingPromotion" and not mirrored
    if asks and not await _more_traffic_confirmed(turn, hooks):
        return
    analysis, weight = turn.analysis, routing.weight(turn)
    steps = tuple(analysis.get("stepWeights", ()))
    most = steps[-1] if steps else analysis.get("maxWeight", 100)
    following = step_from(weight, analysis.get("stepWeight", 0), steps, most)
    if following is not None:
        # One interval with a copy of the requests, before any real traffic.
        mirror = bool(analysis.get("mirror")) and weight == 0 and not mirrored
        following = 0 if mirror else following
        routing.set_weight(turn, following, mirror=mirror)
        turn.write(canaryWeight=following)
        await hooks.info(turn, f"Advance {turn.title} canary weight {following}")
    elif await _promotion_confirmed(turn, hooks):
        await _promote(turn, hooks)


async def _ab_test(turn: Turn, hooks: Hooks) -> None:
    if turn.iteration < turn.iterations:
        routing.set_weight(turn, 100)
        await _iterate(turn, hooks)
    elif await _promotion_confirmed(turn, hooks):
        await _promote(turn, hooks)


async def _blue_green(turn: Turn, hooks: Hooks) -> None:
    if turn.iteration < turn.iterations:
        await _iterate(turn, hooks)
    elif not await _promotion_confirmed(turn, hooks):
        return
    elif turn.iteration == turn.iterations:
        # The check after this one is made with all traffic on the canary, and asks for promotion again.
        if turn.provider != "kubernetes":
            await hooks.info(turn, "Routing all traffic to canary")
            routing.set_weight(turn, 100)
        turn.write(iterations=turn.iteration + 1)
    else:
        await _promote(turn, hooks)


async def _iterate(turn: Turn, hooks: Hooks) -> None:
    done = turn.iteration + 1
    turn.write(iterations=done)
    await hooks.info(turn, f"Advance {turn.title} canary iteration {done}/{turn.iterations}")


async def _more_traffic_confirmed(turn: Turn, hooks: Hooks) -> bool:
    for hook in of_type(turn, "confirm-traffic-increase"):
        if await hooks.ask(turn, hook, "Progressing") is not None:
            halt = f"Halt {turn.title} advancement waiting for traffic increase approval {hook['name']}"
            await hooks.warn(turn, halt)
            return False
        await hooks.info(turn, f"Confirm-traffic-increase check {hook['name']} passed")
    return True


async def _promotion_confirmed(turn: Turn, hooks: Hooks) -> bool:
    for hook in of_type(turn, "confirm-promotion"):
        if await hooks.ask(turn, hook, "Progressing") is not None:
            if turn.phase == "WaitingPromotion":
                # One back, so that an iteration and its checks lie between two questions.
                turn.write(iterations=turn.iterations - 1)
            else:
                turn.set_phase("WaitingPromotion")
                halt = f"Halt {turn.title} advancement waiting for promotion approval {hook['name']}"
                await hooks.warn(turn, halt)
            return False
        await hooks.info(turn, f"Confirm-promotion check {hook['name']} passed")
    return True


async def copy_template(turn: Turn, hooks: Hooks) -> None:
    """Make the canary's revision the primary's."""
    names = f"{turn.target}.{turn.namespace} template spec to {turn.target}-primary.{turn.namespace}"
    await hooks.info(turn, f"Copying {names}")
    workloads.promote(turn.cluster, turn.canary)


async def _promote(turn: Turn, hooks: Hooks) -> None:
    await copy_template(turn, hooks)
    turn.set_phase("Promoting")


async def return_traffic(turn: Turn, hooks: Hooks) -> None:
    """Promoting: all traffic to the primary, at once or by `stepWeightPromotion` an interval."""
    if turn.provider == "kubernetes":
        turn.set_phase("Finalising")
        return
    step = int(turn.analysis.get("stepWeightPromotion", 0))
    if not step:
        await hooks.info(turn, "Routing all traffic to primary")
        routing.set_weight(turn, 0)
        turn.set_phase("Finalising")
        return
    weight = max(routing.weight(turn) - step, 0)
    routing.set_weight(turn, weight)
    await hooks.info(turn, f"Advance {turn.title} primary weight {100 - weight}")
    if weight:
        turn.write(canaryWeight=weight)
    else:
        turn.set_phase("Finalising")
