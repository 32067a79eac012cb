"""The ladder of each strategy, as Flagger walks it."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.known import Known
from dashboard.ladder import ladder
from dashboard.ladder_remarks import remarks
from tests.one_b.recorded import known, played
from tests.support import views

CONFIRM = "confirm-promotion"


def rungs(one: Known, mirroring: bool = False) -> list[str]:
    """State and label of each rung; gates in brackets."""
    return [
        f"{rung.state} [{rung.label}]" if rung.gate else f"{rung.state} {rung.label}"
        for rung in ladder(one, mirroring)
    ]


def canary(**fields: Any) -> Known:
    return known(views.raw(**({"hooks": ()} | fields)))


def remark(one: Known, name: str) -> list[str]:
    return [line for each in remarks(one.view) if each.name == name for line in each.lines]


def test_promoting_in_steps_gives_the_primary_its_traffic_back_step_by_step() -> None:
    seen: list[tuple[str, int, list[str]]] = []
    for view in played("step-promotion"):
        now = [rung for rung in rungs(Known(view)) if rung.startswith("now")]
        state = (view.canary.phase, view.weight.value, now)
        if not seen or seen[-1] != state:
            seen.append(state)
    assert seen[-6:] == [
        ("Progressing", 50, ["now 50 %"]),
        ("Promoting", 50, ["now Promoting"]),
        ("Promoting", 25, ["now Primary 75 %"]),
        ("Promoting", 0, ["now Primary 100 %"]),
        ("Finalising", 0, ["now Finalising"]),
        ("Succeeded", 0, []),
    ]


def test_the_steps_of_a_promotion_are_cut_at_everything() -> None:
    plan = {"stepWeights": [50], "stepWeightPromotion": 30}
    assert rungs(canary(phase="Promoting", weight=20, analysis=plan)) == [
        "done 50 %",
        "done Promoting",
        "now Primary 80 %",
        "next Primary 100 %",
        "next Finalising",
        "next Done",
    ]


def test_many_steps_of_a_promotion_are_one_rung_of_marks() -> None:
    plan = {"stepWeights": [100], "stepWeightPromotion": 1}
    found = ladder(canary(phase="Promoting", weight=60, analysis=plan))
    back = next(rung for rung in found if rung.marks)
    assert (back.label, back.state) == ("100 steps back to the primary", "now")
    assert [mark.label for mark in back.marks if mark.state == "now"] == ["Primary 40 %"]


@pytest.mark.parametrize("provider", ["kubernetes", "istio"])
def test_blue_green_sends_everybody_to_the_canary_only_where_something_routes(provider: str) -> None:
    one = canary(iterations=4, analysis={"iterations": 3}, provider=provider)
    switches = [rung for rung in rungs(one) if "All traffic" in rung]
    assert switches == ([] if provider == "kubernetes" else ["now All traffic to the canary"])


def test_blue_green_asks_about_the_promotion_twice() -> None:
    fields: dict[str, Any] = {"analysis": {"iterations": 2}, "hooks": [CONFIRM], "provider": "istio"}
    assert rungs(canary(iterations=2, phase="WaitingPromotion", **fields))[2:6] == [
        "now [Promotion]",
        "next All traffic to the canary",
        "next [Promotion, once more]",
        "next Promoting",
    ]
    assert rungs(canary(iterations=3, **fields))[2:5] == [
        "done [Promotion]",
        "now All traffic to the canary",
        "next [Promotion, once more]",
    ]


def test_a_recorded_blue_green_is_walked_from_the_first_iteration_to_the_end() -> None:
    now = [[rung for rung in rungs(Known(view)) if rung.startswith("now")] for view in played("blue-green")]
    assert [each for each in now if each][:3] == [
        ["now Iteration 1"],
        ["now Iteration 1"],
        ["now Iteration 2"],
    ]
    assert now[-2:] == [["now Finalising"], []]


@pytest.mark.parametrize(("weight", "now"), [(0, "now Mirroring"), (10, "now 10 %")])
def test_mirroring_is_a_step_of_its_own_before_the_first(weight: int, now: str) -> None:
    plan = {"stepWeights": [10, 50], "mirror": True}
    one = canary(weight=weight, analysis=plan)
    assert [rung for rung in rungs(one) if rung.startswith("now")] == [now]
    assert rungs(one)[0].endswith("Mirroring")


def test_whether_requests_are_mirrored_already_is_known_from_the_route() -> None:
    one = canary(analysis={"stepWeights": [10], "mirror": True})
    assert ladder(one)[0].note == "before this step"
    assert "copies of requests" in ladder(one, mirroring=True)[0].note


def test_mirroring_says_that_nobody_is_asked_between_it_and_the_first_step() -> None:
    one = canary(analysis={"stepWeights": [10], "mirror": True}, hooks=["confirm-traffic-increase"])
    assert "not again before the first step" in ladder(one)[0].note


def test_skipping_the_analysis_asks_about_the_start_only() -> None:
    one = canary(skipAnalysis=True, hooks=["confirm-rollout", CONFIRM])
    assert rungs(one) == ["done [Start]", "now No analysis", "next Done"]


@pytest.mark.parametrize(
    ("plan", "label", "note"),
    [
        ({"stepWeights": [50, 30, 60]}, "50 %", "stays here for ever"),
        ({"stepWeights": [60, 40]}, "60 %", "stays here for ever"),
        ({}, "0 %", "no steps"),
        ({"stepWeights": [30, 60]}, "60 %", ""),
    ],
)
def test_a_plan_that_stalls_says_where(plan: dict[str, Any], label: str, note: str) -> None:
    found = ladder(canary(phase="Initialized", analysis=plan))
    last = [rung for rung in found if rung.label.endswith("%")][-1]
    assert last.label == label
    assert note in last.note
    assert bool(note) == bool(last.note)


def test_the_steps_walked_of_every_recording_are_told_in_order() -> None:
    for trace in ("seed-steps", "confirm-traffic", "gateway-api", "metrics"):
        now = []
        for view in played(trace):
            now += [rung for rung in rungs(Known(view)) if rung.startswith("now") and rung.endswith("%")]
        weights = [int(rung.split()[1]) for rung in now]
        assert weights
        assert weights == sorted(weights)


def test_ab_testing_says_in_words_who_is_sent_to_the_canary() -> None:
    cookie = r"^(.*?;)?(canary=always)(;.*)?$"
    match: list[dict[str, Any]] = [
        {"headers": {"x-canary": {"exact": "insider"}, "user-agent": {"regex": ".*Firefox.*"}}},
        {"headers": {"cookie": {"regex": cookie}}},
        {"headers": {"authorization": {"prefix": "Bearer secret"}}, "uri": {"prefix": "/beta"}},
        {"headers": {"x-internal": {}}, "queryParams": {"preview": {"exact": "1"}}, "port": 80},
    ]
    assert remark(canary(analysis={"iterations": 3, "match": match}), "matches") == [
        "header x-canary is insider · header user-agent matches .*Firefox.*",
        "a cookie canary=always",
        "header authorization begins with ••• · uri begins with /beta",
        "header x-internal is there · query preview is 1 · port is 80",
    ]


@pytest.mark.parametrize(
    "junk", [[3], [{"headers": "x"}], [{"headers": {"a": 3}}], [{}], [{"uri": {"exact": {}}}]]
)
def test_odd_conditions_do_not_break_the_page(junk: list[Any]) -> None:
    assert len(remark(canary(analysis={"iterations": 3, "match": junk}), "matches")) == 1


def test_sticky_sessions_name_their_cookie_and_how_long_it_lasts() -> None:
    plan: dict[str, Any] = {"stepWeights": [10], "sessionAffinity": {"cookieName": "bird", "maxAge": 7200}}
    assert "cookie bird, for 2 h." in remark(canary(analysis=plan), "affinity")[0]
    plan["sessionAffinity"] = {"cookieName": "bird", "primaryCookieName": "nest"}
    lines = remark(canary(analysis=plan), "affinity")
    assert "for 1 d." in lines[0]
    assert "cookie nest" in lines[1]


def test_set_and_actual_weight_are_told_where_they_differ() -> None:
    told = {
        (view.canary.phase, *remark(Known(view), "weights"))
        for view in played("confirm-promotion")
        if remark(Known(view), "weights")
    }
    assert (
        "WaitingPromotion",
        "Flagger's status says 0 %, as always in this phase.",
        "The canary gets 50 % (VirtualService test-api).",
    ) in {(phase, said, actual) for phase, said, actual in told}
    assert not [phase for phase, *_ in told if phase in ("Succeeded", "Initialized")]
