"""The metric checks that a release had to pass, as its record keeps them, and how often each failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from dashboard import metric_checks, metric_failures
from dashboard.masking import mask_text
from dashboard.metric_failures import Said
from dashboard.metric_words import between
from gates.models import FlaggerEvent

# As the record has it: name, lowest, highest (None: open), unit, interval, MetricTemplate or "".
Kept = tuple[str, float | None, float | None, str, str, str]
MOST = 50
LONGEST = 253


@dataclass(frozen=True, slots=True)
class KeptCheck:
    """`range` in words; `failed` how often an event hook told of it, `last` what it told last. `complete`:
    nothing that was told of it is lost."""

    name: str
    range: str
    interval: str
    template: str
    failed: int
    last: str
    complete: bool


class Told(TypedDict):
    """What a release keeps of its checks once it is settled: `failed` has name, times and last words."""

    complete: bool
    failed: list[tuple[str, int, str]]


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


def told(checks: Sequence[Sequence[Any]], events: Iterable[FlaggerEvent], complete: bool) -> Told:
    """Which checks failed, by what came over event hooks, oldest first; anyone there may have sent it."""
    said = (metric_failures.read(Said(event.message, event.at, False)) for event in events)
    failures = [failure for failure in said if failure]
    failed: dict[str, tuple[str, int, str]] = {}
    for name in (each[0] for each in checks if len(each) == 6):
        own = [failure for failure in failures if failure.metric == name]
        if own:
            failed[name] = (name, len(own), mask_text(own[-1].compared or own[-1].why))
    return Told(complete=complete, failed=list(failed.values()))


def rows(checks: Sequence[Sequence[Any]], kept: Told) -> list[KeptCheck]:
    """Each check with what was told of it."""
    failed = {name: (times, last) for name, times, last in kept["failed"]}
    return [
        KeptCheck(
            name,
            between(low, high, unit),
            interval,
            template,
            *failed.get(name, (0, "")),
            complete=kept["complete"],
        )
        for name, low, high, unit, interval, template in (each for each in checks if len(each) == 6)
    ]


def _text(text: str) -> str:
    return text.replace("\0", "")[:LONGEST]
