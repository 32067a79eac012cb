"""Steps that Flagger walks differently than they read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from dashboard.analysis import TOTAL_WEIGHT
from dashboard.canary import Canary, Strategy
from dashboard.wiring.warning import Code, Level, WiringWarning, analysis_lines, say
from dashboard.wiring.wired import Wiring

EXAMPLE = [10, 25, 50]


def warnings(wiring: Wiring) -> Iterator[WiringWarning]:
    """Only where traffic is stepped."""
    canary = wiring.canary
    if canary.strategy is not Strategy.CANARY or canary.skip_analysis:
        return
    if canary.step_weight > 0:
        if canary.step_weights:
            yield _ignored(canary)
        yield from _overshoot(canary)
    elif not canary.step_weights:
        yield _none()
    elif not _ascends(canary):
        yield _stalls(canary)
    else:
        yield from _jump(canary)


def _ignored(canary: Canary) -> WiringWarning:
    """Flagger's own definition refuses both together; one without its rules does not."""
    return WiringWarning(
        Level.WARNING,
        Code.STEPS_IGNORED,
        _("Flagger ignores stepWeights where stepWeight is set: only the last one counts, as the maximum."),
        _("Take stepWeight away."),
        analysis_lines(stepWeights=list(canary.step_weights)),
    )


def _overshoot(canary: Canary) -> Iterator[WiringWarning]:
    last = canary.steps[-1] if canary.steps else 0
    if last > canary.max_weight:
        weights = [weight for weight in canary.steps if weight < canary.max_weight]
        yield WiringWarning(
            Level.WARNING,
            Code.STEPS_OVERSHOOT,
            say(
                _("Steps of {step} % pass the maximum of {maximum} %: Flagger goes up to {last} %."),
                step=canary.step_weight,
                maximum=canary.max_weight,
                last=last,
            ),
            _("Name the weights one by one, instead of stepWeight and maxWeight."),
            analysis_lines(stepWeights=[*weights, canary.max_weight]),
        )


def _none() -> WiringWarning:
    return WiringWarning(
        Level.WARNING,
        Code.STEPS_MISSING,
        _("There are no steps: no release ever leaves 0 %."),
        _("Name the weights."),
        analysis_lines(stepWeights=EXAMPLE),
    )


def _ascends(canary: Canary) -> bool:
    weights = (0, *canary.step_weights)
    return all(before < after for before, after in pairwise(weights))


def _stalls(canary: Canary) -> WiringWarning:
    weights = sorted({weight for weight in canary.step_weights if 0 < weight <= TOTAL_WEIGHT})
    return WiringWarning(
        Level.WARNING,
        Code.STEPS_DESCEND,
        say(
            _("The weights {weights} do not ascend: Flagger stays at one for ever, or leaves some out."),
            weights=", ".join(str(weight) for weight in canary.step_weights),
        ),
        _("Name each weight once, in ascending order."),
        analysis_lines(stepWeights=weights or EXAMPLE),
    )


def _jump(canary: Canary) -> Iterator[WiringWarning]:
    """The list was changed while a release was under way."""
    weight = canary.status_weight
    if canary.phase != "Progressing" or not 0 < weight < canary.max_weight:
        return
    if weight not in canary.step_weights:
        yield WiringWarning(
            Level.DANGER,
            Code.STEPS_JUMP,
            say(
                _("The weight now, {weight} %, is not in stepWeights: Flagger's next step is 100 %."),
                weight=weight,
            ),
            _("Put the weight into the list while this release runs."),
            analysis_lines(stepWeights=sorted({weight, *canary.step_weights})),
        )
