"""How the primary gets its traffic back in steps when a release is promoted (`stepWeightPromotion`)."""

from __future__ import annotations

from dashboard.analysis import TOTAL_WEIGHT
from dashboard.canary import Canary, Strategy


def shares(canary: Canary) -> tuple[int, ...]:
    """What the primary gets, per cent, step by step up to 100; none where it gets everything at once.

    From Flagger's scheduler (`runPromotionTrafficShift`): the step is added to what the primary has when
    promoting begins, and the last one is cut at 100.
    """
    step = canary.step_weight_promotion
    if step <= 0 or canary.skip_analysis or canary.provider == "kubernetes":
        return ()
    begin = TOTAL_WEIGHT - _share_at_the_end(canary)
    return tuple(min(share, TOTAL_WEIGHT) for share in range(begin + step, TOTAL_WEIGHT + step, step))


def reached(canary: Canary, weight: int) -> int:
    """How many of the steps are taken while the canary has `weight` per cent."""
    return sum(share <= TOTAL_WEIGHT - weight for share in shares(canary))


def _share_at_the_end(canary: Canary) -> int:
    """What the canary has when its analysis is over."""
    if canary.strategy is Strategy.CANARY:
        return canary.steps[-1] if canary.steps else 0
    return TOTAL_WEIGHT
