"""Metric checks on the page: the range in words, what was measured, what failed last, and who said so."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard import metric_checks
from dashboard.around.around import Around
from dashboard.around.events import ClusterEvent
from dashboard.around.referred import MetricTemplate
from dashboard.metric_checks import MetricCheck
from dashboard.metric_words import number
from dashboard.sections.checks import in_words
from gates.keys import DEFAULT_CLUSTER, subject
from gates.models import FlaggerEvent
from tests.one_a.conftest import Page, Tell
from tests.support import views
from tests.support.html import Element, elements, one

pytestmark = pytest.mark.django_db

RATE = {"name": "request-success-rate", "interval": "30s", "thresholdRange": {"min": 99}}
DURATION = {"name": "request-duration", "thresholdRange": {"max": 500}}
LATENCY = {
    "name": "latency",
    "templateRef": {"name": "p99", "namespace": "flagger"},
    "thresholdRange": {"min": 1, "max": 5.5},
    "templateVariables": {"direction": "inbound"},
}
TEMPLATE = MetricTemplate("flagger", "p99", "prometheus", "http://prometheus:9090", 'histogram{d="{{ x }}"}')
TEMPLATES = Around(metric_templates={("flagger", "p99"): TEMPLATE})


def raw(
    *metrics: dict[str, Any], phase: str = "Progressing", weight: int = 25, **rest: Any
) -> dict[str, Any]:
    """A canary with these checks, past its first step unless `weight` says otherwise."""
    analysis = {"stepWeights": [10, 25, 50], "metrics": list(metrics)} | rest.pop("analysis", {})
    return views.raw(phase=phase, weight=weight, analysis=analysis, **rest)


def check(metric: dict[str, Any]) -> MetricCheck:
    (found,) = metric_checks.read(raw(metric))
    return found


def row(html: str, name: str = "request-success-rate") -> Element:
    return one(html, "data-check", name)


def section(html: str) -> str:
    return one(html, "id", "sec-checks").text


def event(message: str, ago: float = 30.0, warning: bool = True) -> ClusterEvent:
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return ClusterEvent("test", "e", "podinfo", "u", warning, "Synced", message, 1, at, at)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (RATE, "at least 99\N{NO-BREAK SPACE}%"),
        (DURATION, "at most 500\N{NO-BREAK SPACE}ms"),
        (LATENCY, "from 1 to 5.5"),
        ({"name": "request-success-rate", "threshold": 99.5}, "at least 99.5\N{NO-BREAK SPACE}%"),
        ({"name": "request-duration", "threshold": 500}, "at most 500\N{NO-BREAK SPACE}ms"),
        ({"name": "errors", "query": "sum(x)", "threshold": 3}, "at most 3"),
        ({"name": "errors", "query": "sum(x)"}, "at most 0"),
        ({"name": "errors", "query": "sum(x)", "thresholdRange": {}}, "any value"),
        ({"name": "errors", "query": "sum(x)", "thresholdRange": {"max": "5"}}, "any value"),
    ],
)
def test_the_range_is_read_as_flagger_reads_it(metric: dict[str, Any], words: str) -> None:
    assert in_words(check(metric)) == words


@pytest.mark.parametrize(
    ("metric", "value", "fails"),
    [
        (RATE, 99.0, False),
        (RATE, 98.99, True),
        (DURATION, 500.0, False),
        (DURATION, 500.1, True),
        (LATENCY, 0.5, True),
        (LATENCY, 5.6, True),
        (LATENCY, math.nan, False),
        (LATENCY, math.inf, True),
        ({"name": "request-duration", "thresholdRange": {"max": 500.9}}, 500.5, True),
    ],
)
def test_a_value_is_judged_as_flagger_judges_it(metric: dict[str, Any], value: float, fails: bool) -> None:
    assert check(metric).fails(value) is fails


@pytest.mark.parametrize(
    ("value", "words"),
    [(99.9, "99.9"), (100.0, "100"), (0.0, "0"), (97.404, "97.4"), (0.00042, "0.00042"), (3e12, "3e+12")],
)
def test_numbers_are_short(value: float, words: str) -> None:
    assert number(value) == words


def test_a_value_that_passes_and_one_that_fails_have_an_icon_and_a_word(page: Page, tell: Tell) -> None:
    tell({"request-success-rate": 99.82, "request-duration": 0.6123})
    html = page.of(raw(RATE, DURATION))
    passed, failed = row(html), row(html, "request-duration")
    assert (passed["data-result"], failed["data-result"]) == ("pass", "fail")
    assert "99.82 % passes" in passed.text
    assert "612.3 ms fails" in failed.text
    assert "at least 99 % · over 30s · read" in passed.text
    assert "over 1m" in failed.text
    assert "stops at the first check that fails" in section(html)
    assert {"#i-check", "#i-cross"} <= {use["href"] for use in elements(html, "href", tag="use")}


def test_an_old_value_is_not_judged(page: Page, tell: Tell) -> None:
    tell({"request-success-rate": 12.0}, ago=60)
    found = row(page.of(raw(RATE)))
    assert found["data-result"] == "old"
    assert "old value" in found.text
    assert "fails" not in found.text


@pytest.mark.parametrize(
    ("phase", "weight", "result"),
    [
        ("Progressing", 0, "before"),
        ("Progressing", 10, "before"),
        ("Progressing", 25, "pass"),
        ("WaitingPromotion", 0, "pass"),
        ("Succeeded", 0, "last"),
        ("Failed", 0, "last"),
        ("Waiting", 0, "last"),
    ],
)
def test_a_value_of_an_earlier_analysis_is_not_shown_as_new(
    page: Page, tell: Tell, phase: str, weight: int, result: str
) -> None:
    # Read like this since before the phase began.
    data = raw(RATE, phase=phase, weight=weight)
    data["status"]["conditions"][0]["lastUpdateTime"] = datetime.now(UTC).isoformat()
    tell({"request-success-rate": 99.5}, ago=4)
    assert row(page.of(data))["data-result"] == result


def test_a_new_value_at_the_first_step_is_of_this_analysis(page: Page, tell: Tell) -> None:
    data = raw(RATE, weight=10)
    data["status"]["conditions"][0]["lastUpdateTime"] = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    tell({"request-success-rate": 99.5}, ago=4)
    assert row(page.of(data))["data-result"] == "pass"


def test_iterations_count_from_the_second_on(page: Page, tell: Tell) -> None:
    tell({"request-success-rate": 99.5}, ago=4)
    now = datetime.now(UTC).isoformat()
    for iteration, result in ((1, "before"), (2, "pass")):
        data = raw(RATE, weight=0, iterations=iteration, analysis={"iterations": 5, "stepWeights": []})
        data["status"]["conditions"][0]["lastUpdateTime"] = now
        assert row(page.of(data))["data-result"] == result


def test_not_a_number_passes_and_is_said_to(page: Page, tell: Tell) -> None:
    tell({"request-success-rate": math.nan})
    found = row(page.of(raw(RATE)))
    assert found["data-result"] == "odd"
    assert "not a number Flagger lets it pass" in found.text


def test_no_value_yet_and_no_answer_are_said(page: Page, tell: Tell) -> None:
    readings = tell({})
    assert "no value so far" in row(page.of(raw(RATE))).text
    readings.trouble = "it cannot be reached"
    assert "Flagger's metrics cannot be read: it cannot be reached." in section(page.of(raw(RATE)))


def test_values_belong_to_the_target_not_to_the_canarys_name(page: Page, tell: Tell) -> None:
    tell({"request-success-rate": 99.5}, target="other")
    data = raw(RATE)
    assert row(page.of(data))["data-result"] == ""
    data["spec"]["targetRef"]["name"] = "other"
    assert row(page.of(data))["data-result"] == "pass"


def test_without_an_address_the_page_says_how_to_see_values_and_shows_the_last_failure(page: Page) -> None:
    events = (
        event("Halt podinfo.test advancement success rate 91.00% < 99%", ago=300),
        event("Halt podinfo.test advancement success rate 97.40% < 99%", ago=30),
        event("Advance podinfo.test canary weight 20", warning=False),
    )
    html = page.of(raw(RATE, DURATION), Around(events=events))
    (failure,) = elements(html, "data-failure")
    assert "Last failure: 97.40% < 99%" in failure.text
    assert "data-failure" not in row(html, "request-duration").attributes
    assert "set AVIARY_FLAGGER_METRICS_URL to see them here" in section(html)


def test_a_failure_from_before_this_analysis_is_said_to_be(page: Page) -> None:
    data = raw(RATE)
    data["status"]["conditions"][0]["lastUpdateTime"] = datetime.now(UTC).isoformat()
    html = page.of(data, Around(events=(event("Halt podinfo.test advancement success rate 1.00% < 99%"),)))
    assert "Failed in an earlier analysis: 1.00% < 99%" in row(html).text


def test_an_event_hook_tells_a_failure_too_and_is_named(page: Page) -> None:
    FlaggerEvent.objects.create(
        subject=subject(DEFAULT_CLUSTER, "test", "podinfo"),
        cluster=DEFAULT_CLUSTER,
        namespace="test",
        name="podinfo",
        at=datetime.now(UTC),
        hook="event",
        warning=True,
        message="Halt podinfo.test advancement latency 7.20 > 5.5",
    )
    found = row(page.of(raw(LATENCY), TEMPLATES), "latency")
    assert "Last failure: 7.20 > 5.5" in found.text
    assert "told by an event hook" in found.text


def test_trouble_that_names_no_metric_stands_below_with_its_tokens_masked(page: Page) -> None:
    said = "Halt podinfo.test advancement external check load failed Post http://a/t/hunter2hunter2/: timeout"
    html = page.of(raw(RATE), Around(events=(event(said.replace("hunter2hunter2", "•••")),)))
    assert "Last trouble:" in one(html, "data-failure", "other").text
    assert "external check load failed" in one(html, "data-failure", "other").text


def test_a_template_is_shown_with_provider_query_and_variables(page: Page) -> None:
    found = row(page.of(raw(LATENCY), TEMPLATES), "latency")
    assert "MetricTemplate flagger/p99" in found.text
    assert "provider prometheus" in found.text
    assert "direction inbound" in found.text
    assert 'histogram{d="{{ x }}"}' in found.text


def test_a_template_that_is_missing_or_unread_says_so(page: Page) -> None:
    assert (
        "There is no such object" in row(page.of(raw(LATENCY), Around(metric_templates={})), "latency").text
    )
    around = Around(metric_templates={}, unread=("metrictemplates.flagger.app: forbidden",))
    assert "metrictemplates.flagger.app: forbidden" in row(page.of(raw(LATENCY), around), "latency").text


def test_no_checks_at_all_means_time_alone(page: Page) -> None:
    assert "promoted by time alone" in section(page.of(raw()))
    assert "the analysis is skipped" in section(page.of(raw(skipAnalysis=True)))


def test_what_flagger_would_trip_over_is_said(page: Page) -> None:
    html = page.of(
        raw(
            {"name": "nothing"},
            {"name": "request-success-rate", "threshold": 99},
            {"name": "errors", "query": "sum(rate(x))"},
        )
    )
    assert "No query and no MetricTemplate" in row(html, "nothing").text
    assert "“threshold”, which is deprecated" in row(html).text
    assert "no range is written: Flagger takes 0" in row(html, "errors").text
    assert "sum(rate(x))" in row(html, "errors").text


def test_odd_names_and_messages_are_texts(page: Page, tell: Tell) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    tell({hostile: 1.0})
    template = MetricTemplate("flagger", "p99", hostile, hostile, hostile)
    around = Around(
        metric_templates={("flagger", "p99"): template},
        events=(event(f"Halt podinfo.test advancement {hostile} 1.00 > 0.5"),),
    )
    html = page.of(raw({**LATENCY, "name": hostile, "templateVariables": {hostile: hostile}}), around)
    assert hostile not in html
    assert "Last failure: 1.00 > 0.5" in row(html, hostile).text


def test_suspend_and_skip_analysis_stand_above(page: Page) -> None:
    assert "Flagger does nothing here" in page.of(raw(suspend=True))
    assert "Only confirm-rollout still asks" in one(page.of(raw(skipAnalysis=True)), "data-skips").text
    data = raw()
    del data["spec"]["analysis"]
    assert "no spec.analysis" in one(page.of(data), "data-skips").text
