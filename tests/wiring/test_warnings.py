"""Each warning is said where it is true, goes away when its lines are followed, and is said nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.utils import translation
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from dashboard import wiring
from dashboard.canary import parse
from dashboard.wiring.warning import say
from gates import policy
from tests.wiring.around_cases import CASES
from tests.wiring.cases import BACK, EVENT, POST, PROMOTION, START, TRAFFIC, Case
from tests.wiring.manifests import AVIARY, Raw, canary, codes, hook, typed, warnings

IDS = [f"{number}-{case.code}" for number, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_warning_is_said_where_it_is_true(case: Case) -> None:
    said = warnings(case.wrong, case.wrong_around)
    found = [warning for warning in said if warning.code == case.code]
    assert [(warning.hook, str(warning.level)) for warning in found] == [(case.hook, case.level)]
    assert str(found[0].text).endswith(".")
    assert str(found[0].remedy)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_it_is_not_said_of_the_mended_twin(case: Case) -> None:
    assert case.code not in codes(case.mended, case.mended_around)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_its_lines_are_those_of_the_mended_twin(case: Case) -> None:
    said = warnings(case.wrong, case.wrong_around)
    wanted = yaml.safe_load(next(warning.lines for warning in said if warning.code == case.code))
    spec = case.mended["spec"]
    fields = {**spec["analysis"], "skipAnalysis": spec.get("skipAnalysis"), "service": spec["service"]}
    for _kind, thing in case.mended_around:
        fields["http"] = thing["spec"]["http"]
    assert [each for each in wanted.pop("webhooks", []) if each not in fields["webhooks"]] == []
    assert {name: fields[name] for name in wanted} == wanted


def test_every_code_has_a_case() -> None:
    assert {case.code for case in CASES} == set(wiring.Code)


def typed_all(**more: Any) -> Raw:
    """Every typed hook in one Canary."""
    types = (START, TRAFFIC, PROMOTION, BACK, POST, EVENT)
    return canary(*(typed(type_) for type_ in types), **more)


# Asked before the start and at every step, and can be rolled back.
HELD = (typed(START), typed(TRAFFIC), typed(BACK))
GOOD = {
    "every typed hook": typed_all(),
    "typed hooks behind token and cluster": canary(
        *(
            hook(type_, f"/t/s3cret/clusters/default/hooks/{type_}")
            for type_ in (START, TRAFFIC, PROMOTION, BACK, POST, EVENT)
        )
    ),
    "Blue/Green with a policy": canary(
        typed(START, on_unapproved="rollback"), typed(PROMOTION), typed(BACK), iterations=10
    ),
    "named gates of one type": canary(
        *HELD, *(hook(PROMOTION, f"/hooks/{PROMOTION}/{gate}", gate) for gate in ("a", "b"))
    ),
    "load tests": canary(
        *HELD,
        hook("pre-rollout", "/", metadata={"type": "bash", "cmd": "curl"}),
        hook("rollout", "http://flagger-loadtester.test/", metadata={"cmd": "hey"}),
        hook("", "http://flagger-loadtester.test", "no type", metadata={"cmd": "hey"}),
    ),
    "two event hooks, one elsewhere": canary(*HELD, hook(EVENT, "http://slack.example/"), typed(EVENT)),
    "a rollback test that is run first": canary(
        *HELD, hook(BACK, "/", "burn", metadata={"type": "bash", "cmd": "burnt"})
    ),
    "steps to exactly the maximum": canary(*HELD, stepWeight=10, maxWeight=50),
    "steps clamped at 100": canary(*HELD, stepWeight=30),
    "timeouts of exactly one interval": typed_all(interval="30s"),
}


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_nothing_is_said_of_a_canary_that_is_wired_well(raw: Raw) -> None:
    assert codes(raw) == []


def test_a_gate_that_closes_when_the_release_starts_can_be_asked_again_before_the_promotion() -> None:
    gates = [hook(START, "/gate/check"), hook(PROMOTION, "/gate/check")]
    close = [hook("pre-rollout", "/gate/close"), hook(POST, "/gate/close", "end")]
    assert "switch-shared" not in codes(canary(*gates, *close))
    assert "gate-not-closed" not in codes(canary(gates[0], close[0]))
    assert "switch-shared" in codes(canary(*gates, close[1]))


@pytest.mark.parametrize("phase", ["Waiting", "WaitingPromotion", "Succeeded", ""])
def test_a_weight_outside_of_the_steps_matters_only_while_steps_are_taken(phase: str) -> None:
    raw = canary(stepWeights=[10, 50], status={"phase": phase, "canaryWeight": 20})
    assert "steps-jump" not in codes(raw)


def test_at_the_maximum_no_step_comes_that_could_jump() -> None:
    raw = canary(stepWeights=[10, 50], status={"phase": "Progressing", "canaryWeight": 60})
    assert "steps-jump" not in codes(raw)


def test_the_most_dangerous_comes_first() -> None:
    raw = canary(hook(EVENT, "http://slack.example/"), hook(BACK, "/gate/check"))
    levels = [warning.level for warning in warnings(raw)]
    assert levels == sorted(levels, key=list(wiring.Level).index)
    assert len(set(levels)) == 3


def test_the_lines_keep_what_the_webhook_had_and_hide_its_token() -> None:
    wrong = hook(START, "/t/s3cret/gate/halt", timeout="90s", retries=3, metadata={"group": "sre"})
    lines = next(warning.lines for warning in warnings(canary(wrong)) if warning.code == "gate-halt")
    assert yaml.safe_load(lines)["webhooks"] == [{**wrong, "url": f"{AVIARY}/t/•••/hooks/confirm-rollout"}]


def test_texts_are_translated_for_whoever_looks() -> None:
    # A text of Django's own, which every installation has in German.
    text = say(gettext_lazy("yes,no,maybe"))
    with translation.override("de"):
        german = str(text)
    assert (german, str(text)) == ("Ja,Nein,Vielleicht", "yes,no,maybe")


PATHS = st.sampled_from(["/gate/check", "/gate/open", "/hooks/rollback", "/hooks/event", "/", "/x"])
URLS = st.text(max_size=20) | PATHS.map(AVIARY.__add__) | st.none() | st.integers()
TYPES = st.sampled_from(["", START, TRAFFIC, PROMOTION, BACK, POST, EVENT, "rollout", "pre-rollout", "other"])
KEYS = st.sampled_from(policy.KEYS) | st.text(max_size=9)
HOOKS = st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES | st.integers(),
        "name": st.text(max_size=9) | st.none(),
        "url": URLS,
        "timeout": st.sampled_from(["", "0s", "5s", "1h", "x", "99999999999999999999h", 5]),
        "retries": st.integers() | st.text(max_size=3),
        "metadata": st.none() | st.dictionaries(KEYS, st.text(max_size=9)),
    },
)
WEIGHTS = st.integers(-5, 150) | st.integers() | st.none() | st.text(max_size=2)
ANALYSES: st.SearchStrategy[Raw] = st.fixed_dictionaries(
    {"webhooks": st.lists(HOOKS, max_size=6)},
    optional={
        "interval": st.sampled_from(["10s", "1m", "", "x"]),
        "stepWeight": WEIGHTS,
        "stepWeights": st.lists(st.integers(-5, 150), max_size=5) | st.text(max_size=2),
        "maxWeight": WEIGHTS,
        "iterations": WEIGHTS,
        "match": st.lists(st.just({}), max_size=1),
    },
)


@given(
    ANALYSES | st.none() | st.text(),
    st.sampled_from([True, False, None, "x"]),
    st.sampled_from(["istio", "kubernetes", None, 3]),
    st.fixed_dictionaries({"phase": st.just("Progressing"), "canaryWeight": WEIGHTS}) | st.none(),
)
def test_junk_is_never_an_error(analysis: object, skip: object, provider: object, status: object) -> None:
    spec = {"analysis": analysis, "skipAnalysis": skip, "provider": provider}
    raw = {"metadata": {"name": "a", "namespace": "b"}, "spec": spec, "status": status}
    for warning in wiring.warnings(parse("default", raw)):
        assert str(warning.text)
        assert str(warning.remedy)
        assert isinstance(yaml.safe_load(warning.lines), dict)
