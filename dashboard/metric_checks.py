"""The metric checks of `spec.analysis.metrics`, read and judged as Flagger does it. Plain Python."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboard.fields import Fields, Problems

SUCCESS_RATE, DURATION = "request-success-rate", "request-duration"
BUILT_IN = frozenset({SUCCESS_RATE, DURATION})
# What Flagger takes where nothing is written; for MetricTemplates it takes nothing.
DEFAULT_INTERVAL = "1m"


class Asks(StrEnum):
    """Where a check's value comes from."""

    BUILT_IN = "built-in"
    TEMPLATE = "template"
    QUERY = "query"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class MetricCheck:
    """One check. `low` and `high` are the range, None for an open end; `unit` is `%`, `ms` or "".

    `deprecated`: the range is from `threshold`; `unwritten`: from nothing at all, which Flagger reads as 0.
    `template` is the MetricTemplate's namespace and name; `query` as written in the Canary.
    """

    name: str
    low: float | None
    high: float | None
    unit: str
    interval: str
    asks: Asks
    template: tuple[str, str] | None
    query: str
    variables: tuple[tuple[str, str], ...]
    deprecated: bool
    unwritten: bool

    def value(self, measured: float) -> float:
        """The value in the range's unit: Flagger keeps durations in seconds, and ranges in milliseconds."""
        return measured * 1000 if self.unit == "ms" else measured

    def fails(self, value: float) -> bool:
        """Whether Flagger halts at this value, in the range's unit. NaN is neither above nor below."""
        return (self.low is not None and value < self.low) or (self.high is not None and value > self.high)


def read(raw: Mapping[str, Any]) -> tuple[MetricCheck, ...]:
    """The checks of a Canary object, in the manifest's order; odd content is read as absent."""
    top = Fields(raw, "", Problems())
    spec = top.inner("spec")
    analysis = spec.inner("analysis" if "analysis" in spec else "canaryAnalysis")
    namespace = top.inner("metadata").text("namespace")
    return tuple(_check(fields, namespace) for fields in analysis.inners("metrics"))


def _check(fields: Fields, namespace: str) -> MetricCheck:
    name, query, reference = fields.text("name"), fields.text("query"), fields.inner("templateRef")
    built_in, templated = name in BUILT_IN, "templateRef" in fields
    if templated:
        asks = Asks.TEMPLATE
    elif query:
        asks = Asks.QUERY
    else:
        asks = Asks.BUILT_IN if built_in else Asks.NOTHING
    low, high = _range(fields, name)
    ranged = "thresholdRange" in fields
    return MetricCheck(
        name=name,
        low=low,
        high=high,
        unit={SUCCESS_RATE: "%", DURATION: "ms"}.get(name, "") if asks is Asks.BUILT_IN else "",
        interval=fields.text("interval") or ("" if templated else DEFAULT_INTERVAL),
        asks=asks,
        template=(reference.text("namespace") or namespace, reference.text("name")) if templated else None,
        query=query,
        variables=tuple(sorted(fields.texts("templateVariables").items())),
        deprecated="threshold" in fields and not ranged,
        unwritten="threshold" not in fields and not ranged,
    )


def _range(fields: Fields, name: str) -> tuple[float | None, float | None]:
    """A range wins over the deprecated `threshold`: the least success rate, and the most of all others."""
    if "thresholdRange" in fields:
        inner = fields.inner("thresholdRange")
        return _bound(inner, "min", name), _bound(inner, "max", name)
    threshold = _bound(fields, "threshold", name) or 0.0
    return (threshold, None) if name == SUCCESS_RATE else (None, threshold)


def _bound(fields: Fields, key: str, name: str) -> float | None:
    value = fields.values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    # Flagger cuts a duration's bound down to whole milliseconds.
    return float(math.trunc(value)) if name == DURATION else float(value)
