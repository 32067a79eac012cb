"""The Events of each canary: the newest, its own, and for as long as it is there."""

from __future__ import annotations

from dashboard.around.event_log import MOST, STRANGERS
from dashboard.around.events import ClusterEvent
from dashboard.around.surroundings import Surroundings
from tests.around import things
from tests.around.things import KEY, canary, event, put


def texts(events: tuple[ClusterEvent, ...]) -> list[str]:
    return [one.name for one in events]


def test_events_come_newest_first_and_only_the_newest_are_kept(around: Surroundings) -> None:
    around.apply("Canary", [canary()])
    for number in range(MOST + 20):
        put(around, "Event", event(f"e{number}", second=number))
    found = texts(around.of(canary()).events)
    assert found == [f"e{number}" for number in range(MOST + 19, 19, -1)]
    put(around, "Event", *(event(f"n{number}", second=number) for number in range(MOST + 1)), whole=True)
    assert texts(around.of(canary()).events) == [f"n{number}" for number in range(MOST, 0, -1)]


def test_an_event_that_is_counted_on_is_one_event(around: Surroundings) -> None:
    around.apply("Canary", [canary()])
    put(around, "Event", event("a", second=1), event("b", second=2))
    put(around, "Event", event("a", second=1, count=7, lastTimestamp="2026-11-24T15:00:00Z"))
    first, second = around.of(canary()).events
    assert (first.name, first.count, second.name) == ("a", 7, "b")


def test_events_end_with_their_canary_and_those_of_its_namesake_are_not_taken_for_its_own(
    around: Surroundings,
) -> None:
    around.apply("Canary", [canary()])
    put(around, "Event", event("a"))
    around.apply("Canary", drop=[KEY])
    assert around.of(canary()).events == ()
    # Kubernetes keeps Events for an hour: a list brings those of the canary that is gone.
    put(around, "Event", event("a"), event("b", uid="u2"), whole=True)
    around.apply("Canary", [canary(uid="u2")])
    assert texts(around.of(canary(uid="u2")).events) == ["b"]


def test_events_may_come_before_their_canary_and_those_of_no_canary_are_few(around: Surroundings) -> None:
    put(around, "Event", event("early"))
    around.apply("Canary", [canary()], whole=True)
    assert texts(around.of(canary()).events) == ["early"]
    for number in range(STRANGERS + 50):
        put(around, "Event", event(f"e{number}", canary=f"gone-{number}"))
    assert len(around._events) == STRANGERS + 1
    put(around, "Event", event("late", second=9))
    assert texts(around.of(canary()).events) == ["late", "early"]
    around.apply("Canary", [canary()], whole=True)
    assert len(around._events) == 2


def test_the_recorded_events_all_belong_to_their_canary(around: Surroundings) -> None:
    raws = things.events("all-gates")
    put(around, "Event", *raws, whole=True)
    about = raws[0]["involvedObject"]
    known = canary(uid=about["uid"], name=about["name"])
    # The recordings have a namespace each.
    assert around._events.of((about["namespace"], about["name"]), known.uid)
    assert len(around._events) == len({raw["metadata"]["name"] for raw in raws})
