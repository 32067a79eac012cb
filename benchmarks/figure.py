"""One row of the table, and how numbers are written in it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`target` and `measured` are texts with their units; `held` None: nothing is promised."""

    what: str
    target: str
    measured: str
    held: bool | None = None


def not_measured(what: str, target: str, why: str) -> Figure:
    """A row for what this machine cannot measure."""
    return Figure(what, target, f"not measured: {why}")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def milliseconds(seconds: float) -> str:
    """`0.0123` → `12.3 ms`."""
    return f"{seconds * 1000:.1f} ms"
