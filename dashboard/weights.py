"""The honest weight: what share of the traffic the canary really has, and where that is known from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.analysis import TOTAL_WEIGHT, step_from
from dashboard.canary import Canary, Strategy
from dashboard.routes import Route

STATUS = "status"
LAST_SEEN = "last seen"
MAXIMUM = "maximum reached"
ITERATIONS = "iterations"

# While a release is in one of these, its traffic stays where it was, whatever the status says.
HELD = frozenset({"Waiting", "WaitingPromotion", "Promoting", "Terminating"})
# The analysis is over, and Flagger has not yet moved the traffic back.
AT_MAXIMUM = frozenset({"WaitingPromotion", "Promoting"})


@dataclass(frozen=True, slots=True)
class Weight:
    """The effective canary share in per cent, and where it is from (`VirtualService checkout`, `status`,
    `iterations`, `last seen`, `maximum reached`). `mirrored`: per cent of the requests copied to the canary,
    whose answers nobody gets; not part of the share."""

    value: int
    source: str
    mirrored: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """What must be remembered of a release, since the status forgets it.

    `weight` is the effective one now, `last` the last one that was known and not 0, `since` when the
    phase began.
    """

    phase: str
    release: str
    weight: Weight
    last: int
    since: datetime | None


def remember(before: Memory | None, canary: Canary, route: Route | None) -> Memory:
    """The next memory: `before` is what was known, None when the canary is seen for the first time."""
    last = before.last if before and _same_release(before, canary) else 0
    weight = effective(canary, route, last)
    if canary.phase in HELD or canary.phase == "Progressing":
        last = weight.value or last
    if canary.phase_changed is not None:
        since: datetime | None = canary.phase_changed
    elif before and before.phase == canary.phase:
        since = before.since
    else:
        since = canary.last_transition
    return Memory(canary.phase, canary.last_applied_spec, weight, last, since)


def _same_release(before: Memory, canary: Canary) -> bool:
    """Whether the traffic known before is still this release's: not after a start or a restart at 0."""
    if before.release != canary.last_applied_spec:
        return False
    restarted = canary.phase == "Progressing" and canary.status_weight == 0 and canary.iteration <= 0
    return not restarted and (canary.phase in HELD or canary.phase == "Progressing")


def effective(canary: Canary, route: Route | None, last: int) -> Weight:
    """The routing object wins; else the status where it can be believed; else the last weight known."""
    service = f"{canary.service_name}-canary"
    share = route.share(service) if route else None
    if route is not None and share is not None:
        return Weight(share, f"{route.kind} {route.name}", route.mirror(service))
    # Kubernetes Services only: no traffic is shifted before the promotion.
    if canary.provider == "kubernetes" or canary.skip_analysis:
        return Weight(0, STATUS)
    if canary.status_weight > 0:
        return Weight(min(canary.status_weight, TOTAL_WEIGHT), STATUS)
    if canary.phase == "Progressing":
        return _by_iterations(canary)
    if canary.phase in HELD and last > 0:
        return Weight(last, LAST_SEEN)
    if canary.phase in AT_MAXIMUM:
        return _maximum(canary)
    return Weight(0, STATUS)


def _by_iterations(canary: Canary) -> Weight:
    """A/B testing sends the matching requests to the canary from the first iteration on, Blue/Green
    everything after the last one; the status says 0 all the while."""
    tested = canary.strategy is Strategy.AB_TEST and canary.iteration > 0
    # Without a provider the whole Flagger may run on Kubernetes Services, which shift nothing.
    switched = (
        canary.strategy is Strategy.BLUE_GREEN and canary.provider and canary.iteration > canary.iterations
    )
    return Weight(TOTAL_WEIGHT, ITERATIONS) if tested or switched else Weight(0, STATUS)


def _maximum(canary: Canary) -> Weight:
    if canary.strategy is Strategy.AB_TEST:
        return Weight(TOTAL_WEIGHT, MAXIMUM)
    if canary.strategy is Strategy.CANARY and canary.steps:
        return Weight(canary.steps[-1], MAXIMUM)
    return Weight(0, STATUS)


def next_weight(canary: Canary, weight: int) -> int | None:
    """What Flagger would set next, starting from `weight`; None when no further step comes.

    The step of a mirroring canary at 0 is the first one with real traffic. A plan that stalls names
    the same weight again.
    """
    if canary.strategy is not Strategy.CANARY or canary.skip_analysis or canary.phase in AT_MAXIMUM:
        return None
    if canary.phase in {"Finalising", "Terminating", "Terminated"}:
        return None
    return step_from(weight, canary.step_weight, canary.step_weights, canary.max_weight)
