"""One release as a picture: its states and the log put into a step chart, and the table behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard import phases
from dashboard.analysis import Strategy
from dashboard.models import Release
from dashboard.releases import chart_marks, told
from dashboard.releases.chart import Chart, draw
from dashboard.releases.chart_marks import Kind, Mark
from dashboard.releases.chart_states import Scale, State
from dashboard.releases.entries import entries_of
from gates.models import AuditEntry

ITERATING = (Strategy.BLUE_GREEN, Strategy.AB_TEST)
MOST_STATES = 3000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a state, or with `text` something that happened; `after` the first state."""

    at: datetime
    after: str
    phase: phases.Phase | None = None
    value: str = ""
    failed: int = 0
    worse: bool = False
    text: str = ""
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """`left_out`: how many earlier lines the table does not show."""

    chart: Chart
    lines: tuple[Line, ...]
    left_out: int
    scale: Scale


def of(
    release: Release, *, top: int = 0, now: datetime | None = None, lines: int | None = None
) -> Picture | None:
    """Reads the states and the log; None while no state is known. `top`: the iterations planned."""
    return paint(release, states_of(release), entries_of(release), top=top, now=now, lines=lines)


def paint(
    release: Release,
    states: Sequence[State],
    entries: Iterable[AuditEntry],
    *,
    top: int = 0,
    now: datetime | None = None,
    lines: int | None = None,
) -> Picture | None:
    """The same from what has been read; `lines` at most, the newest (None: all)."""
    scale = Scale(threshold=release.threshold)
    if iterates(release):
        scale = Scale(max([top, *(state.value for state in states), 1]), "", release.threshold)
    marks = told.marks(entries)
    drawn = draw(states, marks, scale, now)
    if drawn is None:
        return None
    told_of = len(states) + len(marks)
    left_out = max(told_of - lines, 0) if lines else 0
    return Picture(drawn, tuple(_table(states, marks, scale, left_out)), left_out, scale)


def states_of(release: Release) -> list[State]:
    """In the order in which they were; iterations instead of weights where Flagger counts those."""
    counted = iterates(release)
    rows = release.states.order_by("version").values_list(
        "at", "weight", "iteration", "failed_checks", "phase"
    )
    return [
        State(at, max(iteration, 0) if counted else weight, failed, phase)
        for at, weight, iteration, failed, phase in rows[:MOST_STATES]
    ]


def iterates(release: Release) -> bool:
    """Blue/Green and A/B."""
    return release.strategy in ITERATING


def _table(states: Sequence[State], marks: Iterable[Mark], scale: Scale, left_out: int) -> Iterator[Line]:
    """In the order of time, without the first `left_out`."""
    begin = states[0].at
    before = [0, *(state.failed for state in states)]
    things: list[tuple[datetime, State | Mark, int]] = [
        (state.at, state, failed) for state, failed in zip(states, before, strict=False)
    ]
    things += [(mark.at, mark, 0) for mark in marks]
    things.sort(key=lambda thing: thing[0])
    for at, thing, failed in things[left_out:]:
        after = chart_marks.after(at, begin)
        if isinstance(thing, Mark):
            yield Line(at, after, text=thing.text, kind=thing.kind)
        else:
            value, worse = f"{thing.value} {scale.unit}".strip(), thing.failed > failed
            yield Line(at, after, phases.of(thing.phase), value, thing.failed, worse)
