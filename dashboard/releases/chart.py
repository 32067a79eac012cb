"""A release as a step chart: traffic, or iterations, over time. Numbers for `releases/chart.html` to draw.

Needs gettext only. Its height never changes and its width is the page's, so a state more moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.releases import spans
from dashboard.releases.chart_line import WIDTH, area, corners, number, path
from dashboard.releases.chart_marks import Kind, Mark, Spot, spots
from dashboard.releases.chart_points import Point, points
from dashboard.releases.chart_states import Scale, State

# How much of the width is left for the phase in which it ended.
TAIL = 0.04
SHORTEST = 10.0
MOST_TICKS = 5
STEPS = tuple(
    unit * count
    for unit, counts in (
        (1, (5, 10, 15, 30)),
        (spans.MINUTE, (1, 2, 5, 10, 15, 30)),
        (spans.HOUR, (1, 2, 3, 6, 12)),
        (spans.DAY, (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)),
    )
    for count in counts
)
# Characters of a phase's name that fit across the chart, on a phone and on a desk.
FIT_PHONE, FIT_DESK = 40, 78
MOST_BANDS = 80


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch in one phase, in units of the width; `fits` is `phone`, `desk` or ""."""

    left: str
    wide: str
    across: str
    tone: str
    label: str | Promise
    fits: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across or up, with its label."""

    across: str
    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`end` is when the time shown ends; `running`: that is now."""

    line: str
    area: str
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    decisions: tuple[Spot, ...]
    checks: tuple[Spot, ...]
    points: tuple[Point, ...]
    top: str
    half: str
    begin: datetime
    end: datetime
    running: bool
    summary: str


def draw(states: Sequence[State], marks: Iterable[Mark], scale: Scale, now: datetime | None) -> Chart | None:
    """`states` in the order in which they were; None without one. `now` while it runs, None when it is over.

    What happened before the first state is drawn at its left edge.
    """
    if not states:
        return None
    marks = list(marks)
    begin = states[0].at
    last = max([begin, *(state.at for state in states), *(mark.at for mark in marks)])
    end = max(last, now) if now else last
    span = max((end - begin).total_seconds(), SHORTEST)
    width = span if now else span / (1 - TAIL)

    def share(at: datetime) -> float:
        return min(max((at - begin).total_seconds() / width, 0.0), 1.0)

    turned = corners([(share(state.at), state.value) for state in states], max(scale.top, 1))
    right = WIDTH * (share(end) if now else 1.0)
    return Chart(
        line=path(turned, right),
        area=area(turned, right),
        bands=_bands([(share(state.at), state.phase) for state in states], right / WIDTH),
        ticks=_ticks(width),
        decisions=tuple(spots([(share(mark.at), mark) for mark in marks], begin)),
        checks=tuple(spots([(share(mark.at), mark) for mark in failures(states, scale)], begin)),
        points=tuple(points(states, scale, share, right / WIDTH)),
        top=_amount(scale.top, scale) if scale.unit else _("%(n)d iterations") % {"n": scale.top},
        half=_amount(scale.top // 2, scale) if scale.top % 2 == 0 else "",
        begin=begin,
        end=end,
        running=now is not None,
        summary=_summary(states, scale, span),
    )


def settled(begin: datetime, now: datetime, interval: float) -> datetime:
    """The last whole interval before `now`: until the next, nothing about the picture changes."""
    whole = max((now - begin).total_seconds(), 0) // max(interval, 1.0) * max(interval, 1.0)
    return begin + timedelta(seconds=whole)


def failures(states: Sequence[State], scale: Scale) -> list[Mark]:
    """A mark wherever there are more failed checks than before."""
    found = []
    for before, state in pairwise([State(states[0].at, 0, 0, ""), *states]):
        if state.failed > before.failed:
            text = _("failed checks: %(n)d of %(m)d") % {"n": state.failed, "m": scale.threshold}
            found.append(Mark(state.at, Kind.FAILED, text, str(state.failed)))
    return found


def _bands(placed: Sequence[tuple[float, str]], end: float) -> tuple[Band, ...]:
    runs = [(phase, next(group)[0]) for phase, group in groupby(placed, lambda pair: pair[1])]
    edges = [left for _phase, left in runs[1:]] + [end]
    bands = [
        _band(name, left, right) for (name, left), right in zip(runs, edges, strict=True) if right > left
    ]
    # The widest, when there are more than can be told apart.
    widths = sorted((float(band.wide) for band in bands), reverse=True)[:MOST_BANDS]
    return tuple(band for band in bands if float(band.wide) >= widths[-1])[:MOST_BANDS]


def _band(name: str, left: float, right: float) -> Band:
    phase, wide = phases.of(name), right - left
    letters = len(str(phase.label)) + 1
    fits = "phone" if letters <= wide * FIT_PHONE else "desk" if letters <= wide * FIT_DESK else ""
    return Band(
        number(left * WIDTH), number(wide * WIDTH), f"{number(left * 100)}%", phase.tone, phase.label, fits
    )


def _ticks(width: float) -> tuple[Tick, ...]:
    step = next((step for step in STEPS if width / step <= MOST_TICKS), STEPS[-1])
    at = range(step, int(width), step)
    shares = [(seconds, seconds / width) for seconds in at][: MOST_TICKS * 2]
    return tuple(
        Tick(f"{number(share * 100)}%", number(share * WIDTH), f"+{spans.single(seconds, step)}")
        for seconds, share in shares
        if 0.06 < share < 0.95
    )


def _amount(value: int, scale: Scale) -> str:
    return f"{value} {scale.unit}".strip()


def _summary(states: Sequence[State], scale: Scale, span: float) -> str:
    last = states[-1]
    words = {
        "span": spans.words(span),
        "phase": phases.of(last.phase).label,
        "value": _amount(last.value, scale),
        "highest": _amount(max(state.value for state in states), scale),
        "failed": max(state.failed for state in states),
    }
    if scale.unit:
        return (
            _("Traffic to the canary over %(span)s: now %(value)s, at most %(highest)s") % words
            + _("; %(phase)s; at most %(failed)d failed checks") % words
        )
    return (
        _("Iterations over %(span)s: now %(value)s, at most %(highest)s") % words
        + _("; %(phase)s; at most %(failed)d failed checks") % words
    )
