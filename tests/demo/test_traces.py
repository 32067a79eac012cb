"""The stand-in Flagger does what a real one was recorded doing."""

from __future__ import annotations

from collections import deque

import pytest

from dashboard.demo.turn import Turn
from tests.demo.replay import act

SCENARIOS = [
    "seed-steps",
    "confirm-rollout",
    "confirm-promotion",
    "confirm-traffic",
    "rollback",
    "blue-green",
    "ab-test",
    "failing-hook",
    "metrics",
    "all-gates",
    "new-revision",
    "skip-analysis",
    "gateway-api",
    "step-promotion",
]


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_stand_in_follows_the_recording(name: str) -> None:
    values = deque([99.9, 97.4, 99.8])

    def measure(turn: Turn, metric: str) -> float:
        return values.popleft()

    recorded, played = await act(name, measure)
    assert played.hooks == recorded.hooks
    assert played.statuses == recorded.statuses
    assert played.routes == recorded.routes
    assert played.events == recorded.events
