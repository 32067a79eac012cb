"""Reading Canaries: every strategy and phase, absent and deprecated fields, and junk that never raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.canary import Strategy, parse
from dashboard.masking import mask
from dashboard.secret_names import MASK
from tests.cluster.objects import canary, raw

STEPS = {"stepWeights": [10, 25, 50]}


@pytest.mark.parametrize(
    ("analysis", "spec", "strategy", "steps", "iterations"),
    [
        (STEPS, {}, Strategy.CANARY, (10, 25, 50), 0),
        ({"stepWeight": 20, "maxWeight": 60}, {}, Strategy.CANARY, (20, 40, 60), 0),
        ({"stepWeight": 40}, {}, Strategy.CANARY, (40, 80, 100), 0),
        ({"stepWeight": 30, "maxWeight": 50}, {}, Strategy.CANARY, (30, 60), 0),
        ({"stepWeight": 20, "stepWeights": [10, 50]}, {}, Strategy.CANARY, (20, 40, 60), 0),
        ({"stepWeights": [10, 10, 50]}, {}, Strategy.CANARY, (10,), 0),
        ({"stepWeights": [50, 30, 60]}, {}, Strategy.CANARY, (50,), 0),
        ({"stepWeights": [60, 40]}, {}, Strategy.CANARY, (60,), 0),
        ({"stepWeights": [0, 50]}, {}, Strategy.CANARY, (), 0),
        ({"stepWeights": [-5, 50]}, {}, Strategy.CANARY, (), 0),
        ({"stepWeight": -5, "stepWeights": [10, 50]}, {}, Strategy.CANARY, (10, 50), 0),
        ({"stepWeights": [20, 200]}, {}, Strategy.CANARY, (20, 100), 0),
        ({"maxWeight": 50}, {}, Strategy.CANARY, (), 0),
        ({"interval": "1m"}, {}, Strategy.CANARY, (), 0),
        ({"iterations": 5}, {}, Strategy.BLUE_GREEN, (), 5),
        ({"iterations": 5, "match": [{"headers": {}}]}, {}, Strategy.AB_TEST, (), 5),
        ({"iterations": 5, "match": []}, {}, Strategy.BLUE_GREEN, (), 5),
        ({"match": [{}], **STEPS}, {}, Strategy.CANARY, (10, 25, 50), 0),
        (STEPS, {"provider": "kubernetes"}, Strategy.BLUE_GREEN, (), 10),
        ({"iterations": 3, "match": [{}]}, {"provider": "kubernetes"}, Strategy.BLUE_GREEN, (), 3),
        (STEPS, {"provider": "istio"}, Strategy.CANARY, (10, 25, 50), 0),
        ({}, {}, Strategy.CANARY, (), 0),
        (None, {}, Strategy.NONE, (), 0),
        (None, {"canaryAnalysis": STEPS}, Strategy.CANARY, (10, 25, 50), 0),
        (STEPS, {"canaryAnalysis": {"iterations": 3}}, Strategy.CANARY, (10, 25, 50), 0),
    ],
)
def test_strategy_and_steps_are_those_that_flagger_walks(
    analysis: dict[str, Any] | None,
    spec: dict[str, Any],
    strategy: Strategy,
    steps: tuple[int, ...],
    iterations: int,
) -> None:
    known = canary(analysis, **spec)
    assert (known.strategy, known.steps, known.iterations) == (strategy, steps, iterations)
    assert known.problem == ""


@pytest.mark.parametrize(
    "phase",
    [
        "Initializing",
        "Initialized",
        "Waiting",
        "Progressing",
        "WaitingPromotion",
        "Promoting",
        "Finalising",
        "Succeeded",
        "Failed",
        "Terminating",
        "Terminated",
        "",
        "Meditating",
    ],
)
def test_every_phase_is_kept_verbatim(phase: str) -> None:
    assert canary(STEPS, {"phase": phase}).phase == phase


def test_an_absent_status_is_all_zero() -> None:
    known = canary(STEPS)
    assert (known.phase, known.status_weight, known.failed_checks, known.iteration) == ("", 0, 0, 0)
    assert (known.last_transition, known.phase_changed, known.problem) == (None, None, "")


def test_absent_analysis_means_that_it_is_skipped() -> None:
    assert canary().skip_analysis
    assert canary(STEPS, skipAnalysis=True).skip_analysis
    assert not canary(STEPS).skip_analysis


def test_defaults_are_flaggers() -> None:
    known = canary({"stepWeight": 10})
    assert (known.interval, known.threshold, known.max_weight) == (60.0, 1, 100)
    assert known.service_name == "podinfo"
    assert canary(STEPS, service={"name": "shop"}).service_name == "shop"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10),
        ("1m", 60),
        ("1m30s", 90),
        ("1.5h", 5400),
        ("500ms", 10),
        ("1s", 10),
        ("-5m", 10),
        ("0", 10),
    ],
)
def test_interval_is_a_go_duration_of_at_least_ten_seconds(text: str, seconds: float) -> None:
    known = canary({"interval": text})
    assert (known.interval, known.problem) == (seconds, "")


@pytest.mark.parametrize("text", ["soon", "10", "1d", "s", "1m 30s", "٣s", "1" * 200 + "s"])
def test_an_interval_that_flagger_cannot_read_is_its_default_and_a_problem(text: str) -> None:
    known = canary({"interval": text})
    assert known.interval == 60.0
    assert known.problem == "spec.analysis.interval is not a duration such as 30s"


def test_when_the_phase_began_comes_from_the_condition_that_does_not_tick() -> None:
    condition = {"type": "Promoted", "reason": "Progressing", "message": "New revision.", "status": "Unknown"}
    times = {"lastUpdateTime": "2026-11-24T13:59:52Z", "lastTransitionTime": "2026-11-24T13:00:00Z"}
    status = {"phase": "Progressing", "lastTransitionTime": "2026-11-24T14:10:00Z"}
    known = canary(STEPS, {**status, "conditions": [{**condition, **times}]})
    assert known.phase_changed == datetime(2026, 11, 24, 13, 59, 52, tzinfo=UTC)
    assert known.message == "New revision."
    stale = canary(STEPS, {**status, "phase": "Promoting", "conditions": [{**condition, **times}]})
    assert stale.phase_changed is None


def test_hooks_are_read_with_flaggers_defaults_and_their_secrets_masked() -> None:
    hooks = [
        {"name": "load", "url": "http://lt.test/", "timeout": "1m", "metadata": {"cmd": "hey"}, "retries": 2},
        {
            "type": "confirm-rollout",
            "name": "gate",
            "url": "http://u:p@av.test/t/s3cret/hooks/x?token=s3cret&a=b",
        },
    ]
    first, second = canary({**STEPS, "webhooks": hooks}).hooks
    assert (first.type, first.timeout, first.retries, first.metadata) == ("rollout", 60.0, 2, {"cmd": "hey"})
    assert (second.type, second.timeout) == ("confirm-rollout", 10.0)
    assert second.url == f"http://{MASK}@av.test/t/{MASK}/hooks/x?token={MASK}&a=b"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://av/gate/check", "http://av/gate/check"),
        ("http://av/t/abc", f"http://av/t/{MASK}"),
        (
            "http://av/t/abc/clusters/eu/hooks/rollback?x=1",
            f"http://av/t/{MASK}/clusters/eu/hooks/rollback?x=1",
        ),
        ("//user@av/", f"//{MASK}@av/"),
        ("http://a@b@av/", f"http://{MASK}@av/"),
        ("http://av/?Token=abc&q=1#f", f"http://av/?Token={MASK}&q=1#f"),
        ("http://av/?x=1;api_key=abc", f"http://av/?x=1;api_key={MASK}"),
        ("http://av/mail@home", "http://av/mail@home"),
        ("", ""),
        ("not a url", "not a url"),
    ],
)
def test_secrets_in_addresses_are_masked(url: str, masked: str) -> None:
    assert mask(url) == masked


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"spec": None}, "spec.targetRef is not set"),
        ({"spec": []}, "spec is not an object; spec.targetRef is not set"),
        ({"status": "x"}, "status is not an object"),
        ({"status": {"canaryWeight": "10"}}, "status.canaryWeight is not a whole number"),
        ({"status": {"canaryWeight": True}}, "status.canaryWeight is not a whole number"),
        ({"status": {"canaryWeight": 10.5}}, "status.canaryWeight is not a whole number"),
        ({"status": {"canaryWeight": 2**40}}, "status.canaryWeight is not a whole number"),
        ({"status": {"phase": 1}}, "status.phase is not a text"),
        ({"status": {"lastTransitionTime": "yesterday"}}, "status.lastTransitionTime is not a time"),
        ({"status": {"conditions": [3]}}, "status.conditions[0] is not an object"),
        ({"metadata": 1}, "metadata is not an object"),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, Any], problem: str) -> None:
    assert parse("default", {**raw(STEPS), **change}).problem == problem


def test_many_problems_are_counted_not_listed() -> None:
    hooks = [{"name": index} for index in range(9)]
    assert canary({**STEPS, "webhooks": hooks}).problem.endswith("; and 4 more")


def test_whole_floats_and_nulls_are_what_go_makes_of_them() -> None:
    known = canary({"stepWeights": None, "iterations": None}, {"canaryWeight": 10.0, "phase": None})
    assert (known.status_weight, known.phase, known.problem) == (10, "", "")


def test_lone_surrogates_become_the_replacement_character() -> None:
    known = parse(
        "default", {**raw(STEPS), "metadata": {"name": "a\ud800b", "labels": {"\udfff": "x\ud800"}}}
    )
    assert known.name == "a\ufffdb"
    assert known.labels == {"\ufffd": "x\ufffd"}
    known.name.encode()


def test_two_canaries_that_look_the_same_are_equal_though_flagger_touched_one() -> None:
    first, second = raw(STEPS, {"phase": "Progressing"}), raw(STEPS, {"phase": "Progressing"})
    second["metadata"]["resourceVersion"] = "99"
    second["status"]["lastTransitionTime"] = "2026-11-24T14:10:00Z"
    assert parse("default", first) == parse("default", second)
    second["status"]["failedChecks"] = 1
    assert parse("default", first) != parse("default", second)


def test_the_manifest_is_kept_without_managed_fields() -> None:
    whole = raw(STEPS)
    whole["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    assert parse("default", whole).raw == raw(STEPS)


def test_a_knative_target_is_not_taken_for_a_service() -> None:
    target = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "podinfo"}
    assert canary(STEPS, targetRef=target).target_kind == "KnativeService"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        *["metadata", "spec", "status", "analysis", "stepWeights", "stepWeight", "maxWeight", "iterations"],
        *[
            "webhooks",
            "conditions",
            "trackedConfigs",
            "targetRef",
            "service",
            "labels",
            "interval",
            "timeout",
        ],
        *["match", "url", "name", "phase", "lastTransitionTime"],
    ]
)
CANARY_JUNK = st.recursive(
    JUNK, lambda inner: st.dictionaries(NAMES, inner | st.lists(inner, max_size=3), max_size=6), max_leaves=30
)


@given(st.dictionaries(NAMES, CANARY_JUNK, max_size=6))
def test_no_object_makes_the_parser_raise(thing: dict[str, Any]) -> None:
    known = parse("default", thing)
    assert json.loads(known.manifest) is not None
    assert len(known.problem) < 1000


@given(CANARY_JUNK)
def test_no_analysis_makes_the_parser_raise(analysis: Any) -> None:
    known = canary(analysis, {"phase": "Progressing"})
    assert len(known.steps) <= 100
