"""The step chart: what it draws of few states, of many, and of odd ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.releases import chart_points, spans
from dashboard.releases.chart import Chart, draw, settled
from dashboard.releases.chart_line import HEIGHT, MOST_CORNERS, WIDTH, corners, path
from dashboard.releases.chart_marks import APART, Kind, Mark
from dashboard.releases.chart_states import Scale, State

BEGIN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So long after the beginning."""
    return BEGIN + timedelta(seconds=seconds)


def state(seconds: float, value: int = 0, failed: int = 0, phase: str = "Progressing") -> State:
    """One state."""
    return State(at(seconds), value, failed, phase)


def drawn(
    *states: State, marks: tuple[Mark, ...] = (), now: float | None = None, scale: Scale | None = None
) -> Chart:
    """The chart of these states."""
    made = draw(states, marks, scale or Scale(threshold=5), at(now) if now is not None else None)
    assert made is not None
    return made


def turns(line: str) -> list[tuple[float, float]]:
    """The points of a path of steps."""
    moved = re.match(r"M([\d.-]+) ([\d.-]+)", line)
    assert moved
    x, y = float(moved[1]), float(moved[2])
    points = [(x, y)]
    for kind, number in re.findall(r"([HV])([\d.-]+)", line[moved.end() :]):
        x, y = (float(number), y) if kind == "H" else (x, float(number))
        points.append((x, y))
    return points


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([], [], Scale(), None) is None


def test_one_state_is_a_flat_line_across_the_chart() -> None:
    chart = drawn(state(0, 10))
    assert turns(chart.line) == [(0, 90), (1000, 90)]
    assert [band.label for band in chart.bands] == ["Progressing"]


def test_two_states_make_one_step_where_the_second_began() -> None:
    assert turns(drawn(state(0, 0), state(50, 50), now=100).line) == [
        (0, 100),
        (500, 100),
        (500, 50),
        (1000, 50),
    ]


def test_while_it_runs_the_line_goes_on_to_now_and_no_further() -> None:
    chart = drawn(state(0, 0), state(60, 10), now=120)
    assert chart.running
    assert chart.end == at(120)
    assert turns(chart.line)[-1] == (1000, 90)


def test_the_phase_in_which_it_ended_has_room_at_the_end() -> None:
    chart = drawn(state(0, 50), state(100, 0, 0, "Failed"))
    assert [band.tone for band in chart.bands] == ["going", "failed"]
    assert float(chart.bands[-1].wide) == pytest.approx(40, abs=1)


def test_iterations_are_drawn_up_to_their_number() -> None:
    chart = drawn(state(0, 0), state(50, 5), state(100, 11), scale=Scale(10, "", 2))
    assert chart.top == "10 iterations"
    assert [y for _x, y in turns(chart.line)] == [100, 100, 50, 50, 0, 0]
    assert "Iterations" in chart.summary


def test_a_failed_check_is_marked_with_how_many_there_are() -> None:
    chart = drawn(state(0), state(100, 10, 1), state(200, 10, 1), state(300, 10, 2))
    assert [(spot.letter, spot.kind) for spot in chart.checks] == [("1", Kind.FAILED), ("2", Kind.FAILED)]
    assert chart.checks[0].name == "+1 min 40 s: failed checks: 1 of 5"


def test_marks_too_close_to_tell_apart_are_one_that_tells_all_of_them() -> None:
    marks = (Mark(at(100), Kind.APPROVE, "hana approved"), Mark(at(101), Kind.ANSWER, "told"))
    spot = drawn(state(0), state(1000), marks=marks).decisions
    assert len(spot) == 1
    assert spot[0].letter == "A"
    assert "hana approved" in spot[0].name
    assert "told" in spot[0].name


def test_what_came_before_the_first_state_is_marked_at_its_edge() -> None:
    mark = Mark(at(-30), Kind.APPROVE, "early")
    assert drawn(state(0), state(60), marks=(mark,)).decisions[0].across == "0%"


def test_five_hundred_states_are_thinned_out_and_keep_their_highest_and_lowest() -> None:
    values = [(index * 7919) % 41 + 20 for index in range(500)]
    values[123], values[377] = 100, 0
    chart = drawn(*(state(index * 10, value) for index, value in enumerate(values)))
    points = turns(chart.line)
    assert len(points) < 2 * MOST_CORNERS
    assert min(y for _x, y in points) == 0
    assert max(y for _x, y in points) == 100


@pytest.mark.parametrize("seconds", [1, 60, 3000, 86400, 40 * 86400, 3000 * 86400])
def test_the_axis_has_few_ticks_each_a_round_time_after_the_beginning(seconds: int) -> None:
    ticks = drawn(state(0), state(1), now=seconds).ticks
    assert len(ticks) <= 5
    assert all(re.fullmatch(r"\+\d+ (s|min|h|d)", tick.label) for tick in ticks)


def test_the_picture_stays_the_same_until_the_next_interval() -> None:
    assert settled(BEGIN, at(59.9), 10) == settled(BEGIN, at(50), 10) == at(50)
    assert settled(BEGIN, at(60), 10) == at(60)
    assert settled(BEGIN, at(-5), 0) == BEGIN


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (-3, "0 s"), (59.7, "1 min"), (750, "12 min 30 s"), (3600, "1 h"), (183_600, "2 d 3 h")],
)
def test_spans_are_told_in_their_two_largest_units(seconds: float, words: str) -> None:
    assert spans.words(seconds) == words


PHASES = st.sampled_from(["", "Waiting", "Progressing", "WaitingPromotion", "Failed", "Succeeded", "Odd"])
STATES = st.lists(
    st.builds(state, st.integers(-50, 10**7), st.integers(-5, 150), st.integers(0, 30), PHASES),
    min_size=1,
    max_size=400,
)
MARKS = st.lists(
    st.builds(Mark, st.integers(-9999, 10**7).map(at), st.sampled_from(Kind), st.text(max_size=9))
)


@settings(max_examples=150, deadline=None)
@given(STATES, MARKS, st.one_of(st.none(), st.integers(-100, 2 * 10**7)), st.integers(0, 20))
def test_whatever_happened_nothing_leaves_the_box_and_no_line_goes_back(
    states: list[State], marks: list[Mark], now: int | None, top: int
) -> None:
    chart = drawn(*states, marks=tuple(marks), now=now, scale=Scale(top))
    points = turns(chart.line)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert [x for x, _y in points] == sorted(x for x, _y in points)
    for band in chart.bands:
        assert float(band.left) >= 0
        assert float(band.left) + float(band.wide) <= WIDTH + 0.2
    for lane in (chart.decisions, chart.checks):
        shares = [float(spot.across.rstrip("%")) / 100 for spot in lane]
        assert all(0 <= share <= 1 for share in shares)
        assert all(right - left > APART - 0.002 for left, right in pairwise(shares))
        assert all(-230 <= float(spot.left) <= 0 for spot in lane)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 100)), min_size=1, max_size=1500))
def test_thinning_never_loses_a_peak(values: list[tuple[float, int]]) -> None:
    values.sort(key=lambda pair: pair[0])
    heights = [y for _x, y in turns(path(corners(values, 100), WIDTH))]
    assert min(heights) == HEIGHT - max(value for _at, value in values)
    assert max(heights) == HEIGHT - min(value for _at, value in values)


def test_each_change_of_the_weight_can_be_read_where_it_happened() -> None:
    chart = drawn(state(0, 0), state(100, 0), state(200, 25), state(300, 25, 0, "WaitingPromotion"), now=400)
    assert [point.spot.name for point in chart.points] == [
        "+0 s: Progressing · 0 %",
        "+3 min 20 s: Progressing · 25 %",
        "+5 min: Waiting promotion · 25 %",
    ]
    assert [(point.spot.across, point.wide) for point in chart.points] == [
        ("0%", "50%"),
        ("50%", "25%"),
        ("75%", "25%"),
    ]


def test_a_point_is_on_the_line_and_its_tip_inside_the_chart() -> None:
    low, high = drawn(state(0, 0), state(200, 75), now=400).points
    assert (low.y, low.up, low.below) == ("138", "-112", False)
    assert (high.y, high.up, high.below) == ("54", "-28", True)


def test_iterations_are_read_as_such() -> None:
    chart = drawn(state(0, 0), state(60, 3), now=120, scale=Scale(10, "", 2))
    assert chart.points[-1].spot.name == "+1 min: Progressing · Iteration 3"


def test_many_changes_are_a_dozen_stops_of_the_keyboard_at_most() -> None:
    chart = drawn(*(state(second, second % 100) for second in range(1000)))
    assert len(chart.points) <= 1 / chart_points.APART + 1
    assert chart.points[0].spot.more
