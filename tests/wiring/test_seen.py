"""What is said of the demo's cast and of every recording, looked at by hand: each of these is true."""

from __future__ import annotations

import pytest

from dashboard import wiring
from dashboard.canary import parse
from dashboard.demo import manifests
from dashboard.demo.cast import CAST, Part
from tests.support.traces import NAMES, records
from tests.wiring.manifests import codes

# Drop-in hooks, or none: a freeze cannot hold any of them.
FREEZE = "freeze-not-enforceable"
RECORDED = {
    "ab-test": [FREEZE],
    # Its confirm hooks are told yes by the recorder, which keeps the events as well.
    "all-gates": [
        "gate-foreign",
        "gate-foreign",
        "gate-foreign",
        "rollback-not-closed",
        "event-hidden",
        FREEZE,
        "timeouts-exceed-interval",
    ],
    "blue-green": [FREEZE],
    "confirm-promotion": ["gate-not-closed", FREEZE],
    "confirm-rollout": ["no-rollback", FREEZE],
    "confirm-traffic": ["no-rollback", "gate-not-closed", FREEZE],
    "deletion": [FREEZE],
    "failing-hook": ["no-rollback", "event-hidden", FREEZE],
    "gateway-api": [FREEZE],
    "metrics": ["no-rollback", "event-hidden", FREEZE],
    "new-revision": ["gate-approve", FREEZE],
    "rollback": ["event-hidden", FREEZE],
    "seed-steps": [FREEZE],
    "skip-analysis": ["skip-analysis", FREEZE],
    "step-promotion": ["event-hidden", FREEZE],
    "stuck": ["event-hidden", FREEZE],
}
# Opened by a script, the demo's rollback switch stays open; three canaries ask three hooks of 5 s in 10 s.
CAST_SAID = {
    "login": ["timeouts-exceed-interval"],
    "checkout": ["rollback-not-closed", FREEZE, "timeouts-exceed-interval"],
    "profile": ["timeouts-exceed-interval"],
    "node-agent": ["skip-analysis", FREEZE],
}


def test_every_recording_is_looked_at() -> None:
    assert list(RECORDED) == NAMES


@pytest.mark.parametrize("trace", RECORDED)
def test_a_recorded_canary_gets_the_warnings_that_it_deserves_all_along(trace: str) -> None:
    seen = [line["object"] for line in records(trace) if line["kind"] == "canary"]
    assert {tuple(codes(raw)) for raw in seen} == {tuple(RECORDED[trace])}


@pytest.mark.parametrize("part", CAST, ids=lambda part: part.name)
def test_the_demo_gets_the_warnings_that_it_deserves(part: Part) -> None:
    raw = manifests.canary(part, "http://127.0.0.1:8000", "http://127.0.0.1:8001/loadtester", 5)
    found = [warning.code for warning in wiring.warnings(parse("default", raw))]
    assert found == CAST_SAID.get(part.name, ["rollback-not-closed", FREEZE])
