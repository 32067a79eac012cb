"""The ladder of a failed release: as far as its record says, and nothing is to come."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ladder import ladder
from dashboard.ladder_failed import Fallen
from dashboard.models import Release, ReleaseState
from dashboard.releases import fallen
from dashboard.rungs import Rung
from tests.one_b import things
from tests.one_b.recorded import known
from tests.support import views

HOOKS = ("confirm-rollout", "confirm-traffic-increase", "confirm-promotion")


def typed(kind: str) -> dict[str, Any]:
    """A webhook with a typed address, which people approve."""
    return {"type": kind, "name": kind, "url": f"http://aviary/hooks/{kind}", "timeout": "5s"}


def failed(end: Fallen | None, **fields: Any) -> list[Rung]:
    raw = views.raw(phase="Failed", **({"hooks": ()} | fields))
    raw["spec"]["analysis"]["webhooks"] = [typed(kind) for kind in HOOKS]
    return ladder(known(raw), fallen=end)


def told(rungs: list[Rung]) -> list[tuple[str, str]]:
    return [(rung.state, rung.label) for rung in rungs]


def test_steps_up_to_the_highest_weight_are_done_and_the_others_were_not_reached() -> None:
    assert told(failed(Fallen("Progressing", 25, 0))) == [
        ("done", "Start"),
        ("done", "10 %"),
        ("done", "25 %"),
        ("missed", "50 %"),
        ("missed", "Promotion"),
        ("missed", "Promoting"),
        ("missed", "Finalising"),
        ("bad", "Failed"),
    ]


def test_a_release_that_never_got_traffic_reached_no_step() -> None:
    assert told(failed(Fallen("Progressing", 0, 0)))[:3] == [
        ("done", "Start"),
        ("missed", "10 %"),
        ("missed", "25 %"),
    ]


@pytest.mark.parametrize("end", [None, Fallen("Progressing", 25, 0), Fallen("WaitingPromotion", 50, 0)])
def test_nothing_is_to_come_and_no_gate_asks(end: Fallen | None) -> None:
    rungs = failed(end)
    assert not {rung.state for rung in rungs} & {"now", "next"}
    assert not [rung.note for rung in rungs if "approvals" in rung.note]


def test_without_a_record_it_is_not_known_how_far_it_came() -> None:
    assert told(failed(None))[:3] == [("done", "Start"), ("unknown", "10 %"), ("unknown", "25 %")]


def test_a_rollback_before_the_promotion_is_shown_at_its_gate() -> None:
    rungs = failed(Fallen("WaitingPromotion", 50, 0))
    gate = next(rung for rung in rungs if rung.label == "Promotion")
    assert (gate.state, gate.note) == ("bad", "rolled back here")
    assert told(rungs)[3] == ("done", "50 %")


@pytest.mark.parametrize("match", [None, [{"headers": {"x-insider": {"exact": "yes"}}}]])
def test_iterations_count_where_flagger_counts_them(match: list[Any] | None) -> None:
    plan = {"iterations": 3} | ({"match": match} if match else {})
    # A/B testing: everything that matches goes to the canary from the first iteration on.
    rungs = failed(Fallen("Progressing", 100 if match else 0, 2), analysis=plan)
    assert told(rungs)[1:4] == [("done", "Iteration 1"), ("done", "Iteration 2"), ("missed", "Iteration 3")]


@pytest.mark.parametrize(
    ("reached", "state", "note"), [(0, "missed", ""), (7, "bad", "reached: Iteration 7"), (20, "done", "")]
)
def test_many_steps_in_one_rung_say_how_far_it_came(reached: int, state: str, note: str) -> None:
    many = next(
        rung for rung in failed(Fallen("Progressing", 0, reached), analysis={"iterations": 20}) if rung.marks
    )
    assert (many.state, many.note) == (state, note)
    assert [mark.state for mark in many.marks] == ["done"] * reached + ["missed"] * (20 - reached)


@pytest.mark.parametrize(("mirrored", "state"), [(True, "done"), (False, "missed")])
def test_a_release_that_failed_while_mirroring_reached_no_weight(mirrored: bool, state: str) -> None:
    rungs = failed(Fallen("Progressing", 0, 0, mirrored), analysis={"stepWeights": [10], "mirror": True})
    assert told(rungs)[1:3] == [(state, "Mirroring"), ("missed", "10 %")]


@pytest.mark.django_db
def test_the_record_of_the_newest_release_says_how_far_it_came() -> None:
    things.release(0, "a" * 64, [(0, "Progressing", 50, 0)])
    newest = things.release(
        100,
        "b" * 64,
        [
            (100, "Waiting", 0, 0),
            (110, "Progressing", 10, 0),
            (120, "Progressing", 25, 5),
            (130, "Failed", 0, 5),
        ],
    )
    Release.objects.filter(pk=newest.pk).update(outcome=Release.Outcome.FAILED, reached=25)
    ReleaseState.objects.filter(release=newest, weight=25).update(iteration=3)
    assert fallen.of(things.SUBJECT) == Fallen("Progressing", 25, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", [Release.Outcome.FAILED, Release.Outcome.SUCCEEDED])
def test_a_record_of_another_release_or_of_its_end_alone_says_nothing(outcome: Release.Outcome) -> None:
    phase = "Failed" if outcome == Release.Outcome.FAILED else "Progressing"
    made = things.release(0, "a" * 64, [(0, phase, 50, 0)])
    Release.objects.filter(pk=made.pk).update(outcome=outcome)
    assert fallen.of(things.SUBJECT) is None


@pytest.mark.django_db
def test_nobody_was_seen() -> None:
    assert fallen.of(things.SUBJECT) is None
