"""`spec.analysis` of a Canary: which strategy it makes, its steps and its webhooks, as Flagger reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from dashboard.fields import Fields
from dashboard.masking import mask
from gates import duration

DEFAULT_INTERVAL = 60.0
MINIMUM_INTERVAL = 10.0
HOOK_TIMEOUT = 10.0
TOTAL_WEIGHT = 100
KUBERNETES_ITERATIONS = 10


class Strategy(StrEnum):
    """What `spec.analysis` makes of a release."""

    CANARY = "canary"
    BLUE_GREEN = "blue/green"
    AB_TEST = "a/b testing"
    NONE = "no analysis"


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of the analysis; `url` with tokens masked, `timeout` in seconds. `muted`: no alerts."""

    type: str
    name: str
    url: str
    timeout: float
    retries: int
    metadata: Mapping[str, str]
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """`step_weight` and `step_weights` as written; `steps` what Flagger walks from 0 on, in order.

    `interval` in seconds; `max_weight` is where Flagger stops raising the weight, which it may overshoot.
    """

    strategy: Strategy
    interval: float
    threshold: int
    step_weight: int
    step_weights: tuple[int, ...]
    steps: tuple[int, ...]
    max_weight: int
    iterations: int
    step_weight_promotion: int
    mirror: bool
    hooks: tuple[Hook, ...]


def read(spec: Fields, provider: str) -> Analysis:
    """The analysis of `spec`, or of the deprecated `spec.canaryAnalysis`; absent means no analysis."""
    name = "analysis" if "analysis" in spec else "canaryAnalysis"
    fields = spec.inner(name)
    strategy, iterations = _strategy(fields, provider) if name in spec else (Strategy.NONE, 0)
    step_weight = fields.whole("stepWeight")
    step_weights = _weights(fields)
    max_weight = _max_weight(step_weights, fields.whole("maxWeight"))
    weighted = strategy is Strategy.CANARY
    return Analysis(
        strategy=strategy,
        interval=_interval(fields),
        threshold=max(1, fields.whole("threshold")),
        step_weight=step_weight,
        step_weights=step_weights,
        steps=_walk(step_weight, step_weights, max_weight) if weighted else (),
        max_weight=max_weight,
        iterations=iterations,
        step_weight_promotion=fields.whole("stepWeightPromotion"),
        mirror=fields.truth("mirror"),
        hooks=tuple(_hook(hook) for hook in fields.inners("webhooks")),
    )


def step_from(weight: int, step_weight: int, step_weights: tuple[int, ...], max_weight: int) -> int | None:
    """The weight that Flagger sets after `weight`; None when it is time to promote.

    Flagger's own rules, odd ones included: `stepWeight` wins over `stepWeights`, is not clamped to the
    maximum (30 of 50 goes to 60), a weight that is no step goes to 100, and where the next step is not above
    this one it stays for ever: it does not promote then, not even at the maximum.
    """
    increment = _increment(weight, step_weight, step_weights)
    if increment <= 0:
        return weight
    if weight >= max_weight:
        return None
    return min(TOTAL_WEIGHT, weight + increment)


def _increment(weight: int, step_weight: int, step_weights: tuple[int, ...]) -> int:
    """`nextStepWeight` of Flagger's scheduler."""
    if step_weight > 0 or not step_weights:
        return step_weight
    left = TOTAL_WEIGHT - weight
    if left == 0:
        # Anything above 0 lets it promote.
        return 1
    if weight == 0:
        return min(left, step_weights[0])
    for current, following in pairwise(step_weights):
        if current == weight:
            return min(left, following - weight)
    return left


def _walk(step_weight: int, step_weights: tuple[int, ...], max_weight: int) -> tuple[int, ...]:
    """Every weight from 0 on until Flagger promotes, or stays where it is."""
    walked: list[int] = []
    weight = 0
    while (following := step_from(weight, step_weight, step_weights, max_weight)) is not None:
        if following <= weight:
            break
        walked.append(following)
        weight = following
    return tuple(walked)


def _strategy(fields: Fields, provider: str) -> tuple[Strategy, int]:
    iterations = fields.whole("iterations")
    if provider == "kubernetes":
        return Strategy.BLUE_GREEN, iterations if iterations > 0 else KUBERNETES_ITERATIONS
    if iterations <= 0:
        return Strategy.CANARY, 0
    return (Strategy.AB_TEST if fields.listed("match") else Strategy.BLUE_GREEN), iterations


def _max_weight(step_weights: tuple[int, ...], max_weight: int) -> int:
    if step_weights:
        return min(TOTAL_WEIGHT, step_weights[-1])
    return max_weight if max_weight > 0 else TOTAL_WEIGHT


def _weights(fields: Fields) -> tuple[int, ...]:
    values = fields.listed("stepWeights")
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return tuple(values)
    fields.problems.add(f"{fields.path}.stepWeights", "a list of whole numbers")
    return ()


def _interval(fields: Fields) -> float:
    text = fields.text("interval")
    try:
        return max(MINIMUM_INTERVAL, duration.seconds(text)) if text else DEFAULT_INTERVAL
    except ValueError:
        # Flagger then uses its default and says nothing.
        fields.problems.add(f"{fields.path}.interval", "a duration such as 30s")
        return DEFAULT_INTERVAL


def _hook(fields: Fields) -> Hook:
    text = fields.text("timeout")
    timeout = HOOK_TIMEOUT
    # Flagger takes a text of one character for no timeout at all.
    if len(text) > 1:
        try:
            timeout = duration.seconds(text)
        except ValueError:
            fields.problems.add(f"{fields.path}.timeout", "a duration such as 5s")
    return Hook(
        # An empty type is a rollout hook.
        type=fields.text("type") or "rollout",
        name=fields.text("name"),
        url=mask(fields.text("url")),
        timeout=timeout,
        retries=fields.whole("retries"),
        metadata=fields.texts("metadata"),
        muted=fields.truth("muteAlert"),
    )
