"""What a step chart is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class State:
    """One state of a release; `value` the canary's share in per cent, or the iteration."""

    at: datetime
    value: int
    failed: int
    phase: str


@dataclass(frozen=True, slots=True)
class Scale:
    """What the height means: `top` in `unit` (`%`, or "" for iterations)."""

    top: int = 100
    unit: str = "%"
    threshold: int = 0
