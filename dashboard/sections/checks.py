"""The metric checks: what must hold, what was measured, and what failed last."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard import flagger_metrics, metric_checks, metric_failures
from dashboard.around.referred import MetricTemplate
from dashboard.canary import Strategy
from dashboard.flagger_metrics import Reading
from dashboard.masking import mask_text
from dashboard.metric_checks import Asks, MetricCheck
from dashboard.metric_failures import Failure, Said
from dashboard.metric_words import between, number
from dashboard.sections import referring
from dashboard.sections.look import Look
from gates.keys import subject
from gates.models import FlaggerEvent

ANALYSING = frozenset({"Progressing", "WaitingPromotion"})
# Event hooks that are looked through for failures.
MOST_EVENTS = 100

MEANINGS = {
    metric_checks.SUCCESS_RATE: _("Share of the canary's requests answered without a 5xx."),
    metric_checks.DURATION: _("99th percentile of the canary's response times."),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """As parts/chip.html draws it."""

    tone: str
    icon: str
    label: str | Promise


# By the state of a value: judged, not a number, from before the one that runs, from the last one while none
# runs, or not heard of lately.
CHIPS = {
    "pass": Chip("good", "check", _("passes")),
    "fail": Chip("failed", "cross", _("fails")),
    "odd": Chip("waiting", "question", _("Flagger lets it pass")),
    "before": Chip("rest", "clock", _("from an earlier analysis")),
    "last": Chip("rest", "clock", _("from the last analysis")),
    "old": Chip("rest", "clock", _("old value")),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check as people see it; `state` as in CHIPS, "" without a value; `missing`: why there is no
    `template`."""

    check: MetricCheck
    range: str
    meaning: str | Promise
    state: str
    chip: Chip | None
    value: str
    reading: Reading | None
    failure: Failure | None
    stale_failure: bool
    template: MetricTemplate | None
    missing: str | Promise


def context(look: Look) -> Mapping[str, object]:
    """`told`: Flagger's readings, None without an address; `trouble` why they are not fresh; `other` the
    last failure that names no metric."""
    checks = metric_checks.read(look.canary.raw)
    told = flagger_metrics.of(look.store.cluster)
    readings = told.of(look.canary.namespace, look.canary.target_name) if told else flagger_metrics.NOTHING
    failures = metric_failures.latest(_said(look)) if checks or look.canary.hooks else {}
    drawn = [_check(look, one, readings.get(one.name), failures.get(one.name)) for one in checks]
    return {
        "metric_checks": drawn,
        "analysing": look.canary.phase in ANALYSING,
        "told": told is not None,
        "trouble": told.trouble if told else "",
        "other": failures.get(""),
        "stops": sum(one.state == "fail" for one in drawn) and len(drawn) > 1,
    }


def _check(look: Look, check: MetricCheck, reading: Reading | None, failure: Failure | None) -> Check:
    found: referring.Found[MetricTemplate] = referring.Found(None)
    if check.template:
        found = referring.find(look, "metrictemplates", look.around.metric_templates, check.template)
    value = check.value(reading.value) if reading else 0.0
    state = _state(look, check, value, reading) if reading else ""
    since = look.view.phase_since
    stale = failure and since and look.canary.phase in ANALYSING and failure.said.at < since
    return Check(
        check=check,
        range=in_words(check),
        meaning=MEANINGS.get(check.name, "") if check.asks is Asks.BUILT_IN else "",
        state=state,
        chip=CHIPS.get(state),
        value=_with_unit(value, check.unit) if reading else "",
        reading=reading,
        failure=failure,
        stale_failure=bool(stale),
        template=found.thing,
        missing=found.why,
    )


def _state(look: Look, check: MetricCheck, value: float, reading: Reading) -> str:
    if look.canary.phase not in ANALYSING:
        return "last"
    if not measured(look, reading):
        return "before"
    if reading.old(look.now):
        return "old"
    if math.isnan(value):
        return "odd"
    return "fail" if check.fails(value) else "pass"


def measured(look: Look, reading: Reading) -> bool:
    """Whether the value is from the analysis that runs now: Flagger keeps the last one's for ever.

    Each advance after the first step means that all was measured; before that only a new value does.
    """
    canary, weight = look.canary, look.view.weight.value
    if canary.phase != "Progressing":
        return canary.phase == "WaitingPromotion"
    if canary.strategy is not Strategy.CANARY:
        begun, advanced = canary.iteration > 0, canary.iteration > 1
    else:
        begun = weight > 0
        advanced = begun and (canary.mirror or weight > (canary.steps[0] if canary.steps else 0))
    since = look.view.phase_since
    return advanced or (begun and since is not None and reading.since > since)


def in_words(check: MetricCheck) -> str:
    """The range, such as `at least 99 %`."""
    return between(check.low, check.high, check.unit)


def _with_unit(value: float, unit: str) -> str:
    return f"{number(value)} {unit}" if unit and math.isfinite(value) else number(value)


def _said(look: Look) -> Iterable[Said]:
    """Flagger's warnings: those that Kubernetes keeps, and those of event hooks."""
    for event in look.around.events:
        if event.warning and event.last:
            yield Said(event.message, event.last, True)
    canary = look.canary
    told = FlaggerEvent.objects.filter(
        subject=subject(canary.cluster, *canary.key), hook="event", warning=True
    )
    for message, at in told.values_list("message", "at")[:MOST_EVENTS]:
        yield Said(mask_text(message), at, False)
