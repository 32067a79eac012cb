"""Spots on the line of a step chart, where a weight can be read with the mouse or the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.releases.chart_line import number
from dashboard.releases.chart_marks import Kind, Mark, Spot, spots
from dashboard.releases.chart_states import Scale, State

# Each one is a stop of the keyboard: a dozen at most.
APART = 0.085
# Where the line is drawn, in pixels: `releases/chart.html` has the same.
TOP, HEIGHT = 26, 112


@dataclass(frozen=True, slots=True)
class Point:
    """Changes of the weight or the phase that are told as one. `y` in pixels, `up` from there to the upper
    edge; it holds for `wide` of the chart (`12.5%`), and its tip hangs `below` or above."""

    spot: Spot
    y: str
    up: str
    wide: str
    below: bool


def points(
    states: Sequence[State], scale: Scale, share: Callable[[datetime], float], end: float
) -> list[Point]:
    """`share` says where on the width a time is, `end` where the line ends."""
    values = dict(_changes(states, scale))
    told = spots([(share(mark.at), mark) for mark in values], states[0].at, APART)
    edges = [*(share(spot.first) for spot in told), end]
    return [
        _point(spot, values[spot.told[-1]] / max(scale.top, 1), right - left)
        for spot, (left, right) in zip(told, pairwise(edges), strict=True)
    ]


def _changes(states: Sequence[State], scale: Scale) -> Iterator[tuple[Mark, int]]:
    before = None
    for state in states:
        if before is None or (state.phase, state.value) != (before.phase, before.value):
            value = f"{state.value} {scale.unit}" if scale.unit else _("Iteration %(n)d") % {"n": state.value}
            yield Mark(state.at, Kind.WEIGHT, f"{phases.of(state.phase).label} · {value}"), state.value
        before = state


def _point(spot: Spot, height: float, wide: float) -> Point:
    y = TOP + HEIGHT * (1 - min(max(height, 0.0), 1.0))
    return Point(spot, number(y), number(TOP - y), f"{number(max(wide, 0) * 100)}%", y < TOP + HEIGHT / 2)
