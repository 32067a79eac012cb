"""The honest weight and the next one, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.canary import Canary
from dashboard.routes import Route, parse
from dashboard.weights import Memory, Weight, next_weight, remember
from tests.cluster.objects import canary

STEPS = {"stepWeights": [10, 50]}
AB = {"iterations": 3, "match": [{"headers": {}}]}


def status(phase: str, weight: int = 0, spec: str = "a", iteration: int = 0) -> dict[str, Any]:
    return {"phase": phase, "canaryWeight": weight, "lastAppliedSpec": spec, "iterations": iteration}


def history(*states: Canary, route: Route | None = None) -> Memory:
    memory: Memory | None = None
    for state in states:
        memory = remember(memory, state, route)
    assert memory is not None
    return memory


def weighted(*states: dict[str, Any], analysis: dict[str, Any] = STEPS, **spec: Any) -> Weight:
    return history(*(canary(analysis, state, **spec) for state in states)).weight


RELEASE = [status("Progressing"), status("Progressing", 10), status("Progressing", 50)]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (RELEASE[:1], Weight(0, "status")),
        (RELEASE[:2], Weight(10, "status")),
        ([*RELEASE, status("WaitingPromotion")], Weight(50, "last seen")),
        ([*RELEASE, status("WaitingPromotion"), status("Promoting")], Weight(50, "last seen")),
        ([*RELEASE, status("Promoting", 50)], Weight(50, "status")),
        ([*RELEASE, status("Promoting"), status("Finalising")], Weight(0, "status")),
        ([*RELEASE, status("Succeeded")], Weight(0, "status")),
        ([*RELEASE, status("Failed")], Weight(0, "status")),
        # Flagger leaves everything with the canary when the primary does not come up.
        ([*RELEASE, status("Failed", 100)], Weight(100, "status")),
        ([*RELEASE, status("Terminating")], Weight(50, "last seen")),
        # Seen for the first time after a restart of ours: the analysis has walked all its steps.
        ([status("WaitingPromotion")], Weight(50, "maximum reached")),
        ([status("Promoting")], Weight(50, "maximum reached")),
        ([status("Terminating")], Weight(0, "status")),
        # A newer revision restarts at 0, and what was before is no longer true.
        ([*RELEASE, status("Progressing", 0, "b")], Weight(0, "status")),
        ([*RELEASE, status("Progressing", 0, "b"), status("Terminating", 0, "b")], Weight(0, "status")),
        # A changed ConfigMap restarts the same revision.
        ([*RELEASE, status("Progressing"), status("Terminating")], Weight(0, "status")),
        # The next release begins with nothing remembered.
        ([*RELEASE, status("Succeeded"), status("Waiting")], Weight(0, "status")),
        ([status("Waiting", 30)], Weight(30, "status")),
        ([*RELEASE, status("Meditating")], Weight(0, "status")),
        ([status("Progressing", 150)], Weight(100, "status")),
    ],
)
def test_without_a_routing_object(states: list[dict[str, Any]], expected: Weight) -> None:
    assert weighted(*states) == expected


def test_the_maximum_reached_may_lie_above_the_maximum_set() -> None:
    assert weighted(status("WaitingPromotion"), analysis={"stepWeight": 30, "maxWeight": 50}).value == 60


@pytest.mark.parametrize(
    ("analysis", "provider", "state", "expected"),
    [
        (AB, "nginx", status("Progressing"), Weight(0, "status")),
        (AB, "nginx", status("Progressing", iteration=1), Weight(100, "iterations")),
        (AB, "", status("WaitingPromotion", iteration=2), Weight(100, "maximum reached")),
        (AB, "", status("Promoting", iteration=3), Weight(100, "maximum reached")),
        ({"iterations": 3}, "kubernetes", status("Progressing", iteration=4), Weight(0, "status")),
        ({"iterations": 3}, "kubernetes", status("Promoting", iteration=4), Weight(0, "status")),
        ({"iterations": 3}, "nginx", status("Progressing", iteration=3), Weight(0, "status")),
        ({"iterations": 3}, "nginx", status("Progressing", iteration=4), Weight(100, "iterations")),
        ({"iterations": 3}, "", status("WaitingPromotion", iteration=2), Weight(0, "status")),
        (STEPS, "kubernetes", status("WaitingPromotion"), Weight(0, "status")),
    ],
)
def test_iterations(analysis: dict[str, Any], provider: str, state: dict[str, Any], expected: Weight) -> None:
    assert weighted(state, analysis=analysis, provider=provider) == expected


def test_blue_green_keeps_all_traffic_while_it_waits_after_the_switch() -> None:
    after = status("Progressing", iteration=4), status("WaitingPromotion", iteration=2), status("Promoting")
    assert weighted(*after, analysis={"iterations": 3}, provider="nginx") == Weight(100, "last seen")


def rules(*weights: tuple[str, int]) -> dict[str, Any]:
    return {"route": [{"destination": {"host": host}, "weight": weight} for host, weight in weights]}


def virtual_service(*http: dict[str, Any], **spec: Any) -> Route:
    return parse("VirtualService", {"metadata": {"name": "podinfo"}, "spec": {"http": list(http), **spec}})


def http_route(*refs: dict[str, Any]) -> Route:
    return parse("HTTPRoute", {"metadata": {"name": "podinfo"}, "spec": {"rules": list(refs)}})


WEIGHTED = rules(("podinfo-primary", 70), ("podinfo-canary", 30))


@pytest.mark.parametrize(
    ("route", "share"),
    [
        (virtual_service(WEIGHTED), 30),
        (
            virtual_service(
                rules(("podinfo-primary.test.svc.cluster.local", 60), ("podinfo-canary.test.svc", 40))
            ),
            40,
        ),
        # A/B testing: the second rule has only the primary, at weight 0 while the canary is tested.
        (
            virtual_service(
                rules(("podinfo-primary", 0), ("podinfo-canary", 100)), rules(("podinfo-primary", 0))
            ),
            100,
        ),
        (virtual_service(rules(("podinfo-canary", 0)), WEIGHTED), 30),
        (virtual_service(tcp=[WEIGHTED]), 30),
        (virtual_service({"route": [{"destination": {"host": "podinfo-canary"}}]}), 100),
        (
            virtual_service(
                {"route": [{"destination": {"host": "podinfo-canary"}}, {"destination": {"host": "x"}}]}
            ),
            0,
        ),
        (virtual_service(rules(("other-primary", 50), ("other-canary", 50))), None),
        (virtual_service(), None),
        # Session affinity: the sticky rule comes first or last, the weighted one sets the cookie.
        (
            virtual_service(
                {"route": [{**destination, "headers": {}} for destination in WEIGHTED["route"]]},
                rules(("podinfo-canary", 100)),
            ),
            30,
        ),
        (
            http_route(
                {
                    "backendRefs": [
                        {"name": "podinfo-primary", "weight": 1},
                        {"name": "podinfo-canary", "weight": 3},
                    ]
                }
            ),
            75,
        ),
        (http_route({"backendRefs": [{"name": "podinfo-primary"}, {"name": "podinfo-canary"}]}), 50),
        (
            http_route(
                {
                    "backendRefs": [
                        {"name": "podinfo-primary", "weight": 0},
                        {"name": "podinfo-canary", "weight": 0},
                    ]
                }
            ),
            0,
        ),
        (http_route({"backendRefs": "x"}, {}), None),
    ],
)
def test_share_of_the_canary_in_a_routing_object(route: Route, share: int | None) -> None:
    assert route.share("podinfo-canary") == share


@pytest.mark.parametrize("thing", [{}, {"spec": 3}, {"spec": {"http": [None, {"route": [7]}], "tcp": {}}}])
@pytest.mark.parametrize("kind", ["VirtualService", "HTTPRoute"])
def test_an_odd_routing_object_says_nothing(kind: str, thing: dict[str, Any]) -> None:
    assert parse(kind, thing).shares == ()


def test_the_routing_object_wins_over_the_status_and_is_remembered() -> None:
    waiting = canary(STEPS, status("WaitingPromotion"))
    route = virtual_service(WEIGHTED)
    memory = remember(None, waiting, route)
    assert memory.weight == Weight(30, "VirtualService podinfo")
    assert remember(memory, waiting, None).weight == Weight(30, "last seen")


@pytest.mark.parametrize(
    ("analysis", "weight", "following"),
    [
        (STEPS, 0, 10),
        (STEPS, 10, 50),
        (STEPS, 50, None),
        # The four odd cases: stepWeight wins, no clamp to the maximum, a weight that is no step, stalls.
        ({"stepWeight": 20, "stepWeights": [10, 50]}, 0, 20),
        ({"stepWeight": 30, "maxWeight": 50}, 30, 60),
        ({"stepWeight": 30, "maxWeight": 50}, 60, None),
        ({"stepWeight": 60}, 60, 100),
        ({"stepWeights": [10, 50, 80]}, 20, 100),
        ({"stepWeights": [10, 10, 80]}, 10, 10),
        ({"stepWeights": [50, 30, 60]}, 50, 50),
        # Beyond its maximum, and yet never promoted: there is no step that goes up.
        ({"stepWeights": [60, 40]}, 60, 60),
        ({"stepWeights": [50, 100]}, 100, None),
        ({"maxWeight": 50}, 50, 50),
        ({}, 0, 0),
        ({"maxWeight": 50}, 0, 0),
        ({"iterations": 3}, 0, None),
        (AB, 0, None),
    ],
)
def test_next_weight_is_what_flagger_computes(
    analysis: dict[str, Any], weight: int, following: int | None
) -> None:
    assert next_weight(canary(analysis, status("Progressing")), weight) == following


@pytest.mark.parametrize("phase", ["WaitingPromotion", "Promoting", "Finalising", "Terminating"])
def test_no_step_follows_once_the_analysis_is_over(phase: str) -> None:
    assert next_weight(canary(STEPS, status(phase)), 10) is None


def test_since_when_a_phase_lasts_is_not_moved_by_flaggers_touches() -> None:
    def at(phase: str, second: int) -> Canary:
        return canary(STEPS, {"phase": phase, "lastTransitionTime": f"2026-11-24T14:00:{second:02}Z"})

    memory = history(at("Progressing", 1), at("Progressing", 11), at("Progressing", 21))
    assert memory.since is not None
    assert memory.since.second == 1
    moved = remember(memory, at("Promoting", 31), None)
    assert moved.since is not None
    assert moved.since.second == 31
