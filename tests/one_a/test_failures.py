"""Flagger's messages about checks, as its scheduler writes them and as they were recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import metric_failures
from dashboard.metric_failures import Said
from tests.support.traces import records

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def said(message: str, second: int = 0, *, proven: bool = True) -> Said:
    return Said(message, NOON + timedelta(seconds=second), proven)


@pytest.mark.parametrize(
    ("message", "metric", "compared"),
    [
        ("Halt a.b advancement success rate 97.40% < 99%", "request-success-rate", "97.40% < 99%"),
        ("Halt a.b advancement request duration 1.2s > 500ms", "request-duration", "1.2s > 500ms"),
        ("Halt a.b advancement error rate > x 12.30 > 5", "error rate > x", "12.30 > 5"),
        ("Halt a.b advancement 404s percentage 1e+06 > 5", "404s percentage", "1e+06 > 5"),
        ("Halt a.b advancement lag NaN < 5", "lag", "NaN < 5"),
        ("Halt advancement no values found for custom metric: lag: no values found", "lag", ""),
        ("Halt advancement no values found for metric: my lag", "my lag", ""),
        (
            "Halt advancement no values found for istio metric request-duration probably a.b is idle",
            "request-duration",
            "",
        ),
        ("Metric query failed for lag: dial tcp: timeout", "lag", ""),
        ("Prometheus query failed for my lag: boom: x", "my lag", ""),
        ("Prometheus query failed: boom", "", ""),
        ("Metric template lag.b error: not found", "", ""),
        ("Halt a.b advancement external check smoke test failed POST http://x: giving up", "", ""),
    ],
)
def test_a_failure_is_read(message: str, metric: str, compared: str) -> None:
    found = metric_failures.read(said(message))
    assert found is not None
    assert (found.metric, found.compared) == (metric, compared)
    assert bool(found.why) is not bool(compared)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Advance a.b canary weight 20",
        "Halt a.b advancement waiting for approval confirm-rollout hook",
        "Halt a.b advancement waiting for traffic increase approval confirm-traffic-increase hook",
        "Rolling back a.b failed checks threshold reached 5",
        "5 > 4",
    ],
)
def test_other_messages_are_no_failures(message: str) -> None:
    assert metric_failures.read(said(message)) is None


def test_the_latest_of_each_metric_counts_and_kubernetes_before_a_hook() -> None:
    found = metric_failures.latest(
        [
            said("Halt a.b advancement lag 3.00 > 1", 9),
            said("Halt a.b advancement lag 2.00 > 1", 5),
            said("Halt a.b advancement success rate 1.00% < 99%", 7),
            said("Halt a.b advancement success rate 1.00% < 99%", 8, proven=False),
        ]
    )
    assert found["lag"].compared == "3.00 > 1"
    assert found["request-success-rate"].said.proven


def test_a_long_text_from_anyone_takes_no_time() -> None:
    assert metric_failures.read(said("Halt a.b advancement " + "1 > " * 500_000)) is None


def test_the_recorded_failure_is_found() -> None:
    messages = [
        said(line["object"]["message"], proven=True) for line in records("metrics") if line["kind"] == "event"
    ]
    found = metric_failures.latest(messages)
    assert {name: one.compared for name, one in found.items()} == {"request-success-rate": "97.40% < 99%"}
