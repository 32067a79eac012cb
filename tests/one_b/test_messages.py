"""Flagger's messages come twice, as Events and over the event hook: each is told once, and none is lost."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.around.events import parse
from dashboard.timeline.messages import COMBINED, EVENT, HOOK, SKEW, Counted, Message, Told, merged
from dashboard.timeline.sources import counted
from tests.support.traces import NAMES, records

START = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
PAUSE = timedelta(minutes=10)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def event(message: str, first: int, last: int | None = None, count: int = 1) -> Counted:
    return Counted(message, False, count, at(first), at(first if last is None else last))


def told(found: list[Message]) -> list[tuple[str, int, float, float]]:
    """Message, count, first and last second; newest first."""
    seconds = [((each.first - START).total_seconds(), (each.last - START).total_seconds()) for each in found]
    return [(each.message, each.count, *when) for each, when in zip(found, seconds, strict=True)]


def test_an_event_and_a_call_seconds_apart_are_one_message() -> None:
    found = merged([event("up", 10)], [Told(at(10.7), "up")], PAUSE)
    assert told(found) == [("up", 1, 10.7, 10.7)]
    assert found[0].sources == {EVENT, HOOK}


def test_what_kubernetes_counted_is_not_counted_once_more() -> None:
    calls = [Told(at(10.5 + 10 * place), "wait") for place in range(4)]
    assert told(merged([event("wait", 10, 40, 4)], calls, PAUSE)) == [("wait", 4, 10.5, 40.5)]


def test_calls_that_were_lost_are_counted_by_kubernetes() -> None:
    found = merged([event("wait", 10, 130, 12)], [Told(at(130.2), "wait")], PAUSE)
    assert told(found) == [("wait", 12, 10, 130.2)]


def test_calls_without_events_are_counted_by_themselves() -> None:
    assert told(merged([], [Told(at(0), "wait"), Told(at(60), "wait")], PAUSE)) == [("wait", 2, 0, 60)]


def test_the_same_message_of_another_day_is_another_row() -> None:
    found = merged([event("up", 0, 90000, 2)], [], PAUSE)
    assert told(found) == [("up", 1, 90000, 90000), ("up", 1, 0, 0)]
    calls = [Told(at(0), "up"), Told(at(90000), "up")]
    assert told(merged([event("up", 0, 90000, 2)], calls, PAUSE)) == told(found)


def test_the_same_message_of_the_next_release_is_another_row() -> None:
    calls = [Told(at(0), "up"), Told(at(100), "up"), Told(at(110), "up")]
    assert told(merged([], calls, PAUSE, [at(50)])) == [("up", 2, 100, 110), ("up", 1, 0, 0)]


def test_a_warning_is_not_the_same_as_news_of_the_same_words() -> None:
    assert len(merged([], [Told(at(0), "x"), Told(at(1), "x", True)], PAUSE)) == 2


def test_combined_events_tell_their_latest_message_only() -> None:
    combined = event(f"{COMBINED}done", 0, 60, 7)
    (alone,) = merged([combined], [], PAUSE)
    assert (told([alone]), alone.combined) == ([("done", 1, 60, 60)], True)
    (known,) = merged([combined], [Told(at(60.4), "done")], PAUSE)
    assert (told([known]), known.combined) == ([("done", 1, 60.4, 60.4)], False)


WORDS = st.sampled_from(["up", "wait", f"{COMBINED}up"])
SECONDS = st.integers(0, 5000)
EVENTS = st.lists(
    st.builds(
        lambda message, first, lasts, count: event(message, first, first + lasts, count if lasts else 1),
        WORDS,
        SECONDS,
        st.integers(0, 3000),
        st.integers(2, 9),
    ),
    max_size=6,
)
CALLS = st.lists(
    st.builds(lambda second, message: Told(at(second / 10), message), st.integers(0, 50_000), st.just("up")),
    max_size=12,
)
CUTS = st.lists(SECONDS.map(at), max_size=3).map(sorted)
# Slow machines draw slowly.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@patient
@given(EVENTS, CALLS, CUTS)
def test_the_newest_comes_first(events: list[Counted], calls: list[Told], cuts: list[datetime]) -> None:
    lasts = [each.last for each in merged(events, calls, PAUSE, cuts)]
    assert lasts == sorted(lasts, reverse=True)


@patient
@given(EVENTS, CALLS, CUTS)
def test_nothing_that_was_told_is_lost(
    events: list[Counted], calls: list[Told], cuts: list[datetime]
) -> None:
    found = merged(events, calls, PAUSE, cuts)

    def shown(message: str, moment: datetime) -> bool:
        return any(
            each.message == message and each.first - SKEW <= moment <= each.last + SKEW for each in found
        )

    assert all(shown(call.message, call.at) for call in calls)
    plain = [each for each in events if not each.message.startswith(COMBINED)]
    assert all(shown(each.message, each.first) and shown(each.message, each.last) for each in plain)
    assert all(shown(each.message.removeprefix(COMBINED), each.last) for each in events)
    counts = Counter[str]()
    for each in found:
        counts[each.message] += each.count
    heard = Counter(call.message for call in set(calls))
    assert all(counts[message] >= number for message, number in heard.items())
    assert all(counts[each.message] >= each.count for each in plain)


@patient
@given(EVENTS, CALLS, CUTS)
def test_nothing_is_made_up(events: list[Counted], calls: list[Told], cuts: list[datetime]) -> None:
    known = Counter(call.message for call in set(calls))
    for each in set(events):
        plain = not each.message.startswith(COMBINED)
        known[each.message.removeprefix(COMBINED)] += each.count if plain else 1
    counts = Counter[str]()
    for one in merged(events, calls, PAUSE, cuts):
        counts[one.message] += one.count
    assert all(counts[message] <= number for message, number in known.items())


@patient
@given(EVENTS, CALLS, CUTS, st.randoms())
def test_told_twice_or_in_another_order_is_the_same(
    events: list[Counted], calls: list[Told], cuts: list[datetime], random: Any
) -> None:
    twice, again = events * 2, calls * 2
    random.shuffle(twice)
    random.shuffle(again)
    assert merged(twice, again, PAUSE, cuts) == merged(events, calls, PAUSE, cuts)


def heard(trace: str) -> list[Told]:
    """What the event hook of a recording was told."""
    bodies = [json.loads(line["body"]) for line in records(trace) if line["kind"] == "webhook"]
    said = [body["metadata"] for body in bodies if "eventMessage" in body.get("metadata", {})]
    return [
        Told(
            datetime.fromtimestamp(int(each["timestamp"]) / 1000, UTC),
            each["eventMessage"],
            each["eventType"] == "Warning",
        )
        for each in said
    ]


def seen(trace: str) -> list[Counted]:
    """The Events of a recording as they were at its end."""
    things = {
        line["object"]["metadata"]["name"]: line["object"]
        for line in records(trace)
        if line["kind"] == "event"
    }
    return list(counted(map(parse, things.values())))


@pytest.mark.parametrize("trace", NAMES)
def test_a_recording_is_told_once_whether_by_events_or_by_calls_or_by_both(trace: str) -> None:
    calls = heard(trace)
    both = merged(seen(trace), calls, PAUSE)
    # Flagger told nothing but what its Events say, so they add nothing, and are recognised.
    assert [(each.message, each.count, each.last) for each in both] == [
        (each.message, each.count, each.last) for each in merged([], calls, PAUSE)
    ]
    assert sum(each.count for each in both) == len(calls)
    assert any(each.sources == {EVENT, HOOK} for each in both)


@pytest.mark.parametrize("trace", NAMES)
def test_events_alone_tell_the_same_story_as_far_as_kubernetes_keeps_it(trace: str) -> None:
    alone = merged(seen(trace), [], PAUSE)
    calls = {each.message: each for each in merged([], heard(trace), PAUSE)}
    for each in alone:
        assert each.message in calls
        assert abs(each.last - calls[each.message].last) <= SKEW
        assert each.combined or each.count == calls[each.message].count


def test_events_of_one_second_are_in_flaggers_order() -> None:
    alone = [each.message for each in merged(seen("failing-hook"), [], PAUSE)]
    first = alone.index("Starting canary analysis for test-api.s-failing-hook")
    assert alone.index("Advance test-api.s-failing-hook canary weight 10") == first - 1
