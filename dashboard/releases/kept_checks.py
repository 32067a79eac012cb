"""The metric checks that a release had to pass, as its record keeps them, and how often each failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import metric_checks, metric_failures
from dashboard.metric_failures import Said
from dashboard.metric_words import between
from gates.models import FlaggerEvent

# As the record has it: name, lowest, highest (None: open), unit, interval, MetricTemplate or "".
Kept = tuple[str, float | None, float | None, str, str, str]
MOST = 50
LONGEST = 253


@dataclass(frozen=True, slots=True)
class KeptCheck:
    """`range` in words; `failed` how often an event hook told of it, `last` what it told last."""

    name: str
    range: str
    interval: str
    template: str
    failed: int
    last: str


def of(raw: Mapping[str, Any]) -> tuple[Kept, ...]:
    """The checks of a Canary object, bounded."""
    return tuple(
        (
            _text(check.name),
            check.low,
            check.high,
            check.unit,
            _text(check.interval),
            _text("/".join(check.template or ())),
        )
        for check in metric_checks.read(raw)[:MOST]
    )


def told(checks: Sequence[Sequence[Any]], events: Iterable[FlaggerEvent]) -> list[KeptCheck]:
    """With what came over event hooks, oldest first; whoever reaches the address may have sent it."""
    said = (metric_failures.read(Said(event.message, event.at, False)) for event in events)
    failures = [failure for failure in said if failure]
    found = []
    for name, low, high, unit, interval, template in (each for each in checks if len(each) == 6):
        own = [failure for failure in failures if failure.metric == name]
        last = (own[-1].compared or own[-1].why) if own else ""
        found.append(KeptCheck(name, between(low, high, unit), interval, template, len(own), last))
    return found


def _text(text: str) -> str:
    return text.replace("\0", "")[:LONGEST]
