"""What no recording shows: Flagger's source is the witness here."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.demo.flagger import Flagger
from dashboard.demo.hooks import Answer, HttpCaller, encode, failure
from dashboard.demo.state import CANARIES, DEPLOYMENTS, EVENTS, Cluster
from dashboard.demo.turn import Turn
from tests.demo.replay import NAME, deployment, status_of

URL = "http://gates/promotion"


class Gate:
    """Says no until opened, and counts the intervals in which it was asked."""

    def __init__(self) -> None:
        self.open, self.interval = False, 0
        self.asked_in: list[int] = []

    async def __call__(self, url: str, body: bytes, seconds: float) -> Answer:
        """The only hook there is."""
        assert json.loads(body)["phase"] == "Progressing"
        self.asked_in.append(self.interval)
        return Answer(200, "Approved") if self.open else Answer(403, "Forbidden")


async def at_first_question(analysis: dict[str, Any]) -> tuple[Cluster, Flagger, Gate]:
    """A release whose confirm-promotion hook has just said no."""
    gate = Gate()
    cluster = Cluster(lambda: datetime.now(UTC))
    hook = {"type": "confirm-promotion", "name": "promotion", "url": URL}
    spec = {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
        "service": {"port": 80},
        "analysis": {**analysis, "webhooks": [hook]},
    }
    cluster.create(DEPLOYMENTS, deployment("test"))
    cluster.create(CANARIES, {"metadata": {"namespace": "test", "name": NAME}, "spec": spec})
    Turn.read(cluster, "test", NAME).adopt()
    flagger = Flagger(cluster, gate, lambda turn, metric: 100.0)
    for _ in range(2):
        await flagger.tick("test", NAME)
    container = {"name": "app", "image": "app:2.0.0"}
    cluster.patch(DEPLOYMENTS, "test", NAME, {"spec": {"template": {"spec": {"containers": [container]}}}})
    while not gate.asked_in:
        await interval(flagger, gate)
    return cluster, flagger, gate


async def interval(flagger: Flagger, gate: Gate) -> None:
    """One more."""
    gate.interval += 1
    await flagger.tick("test", NAME)


@pytest.mark.parametrize("match", [{}, {"match": [{"headers": {"x-canary": {"exact": "yes"}}}]}])
async def test_iterations_are_asked_about_every_second_interval(match: dict[str, Any]) -> None:
    cluster, flagger, gate = await at_first_question({"iterations": 2, **match})
    first = gate.interval
    for _ in range(6):
        await interval(flagger, gate)
    assert gate.asked_in == [first, first + 2, first + 4, first + 6]
    assert status_of(cluster.get(CANARIES, "test", NAME)) == ("WaitingPromotion", 0, 0, 1)


async def test_blue_green_asks_again_once_all_traffic_is_on_the_canary() -> None:
    cluster, flagger, gate = await at_first_question({"iterations": 2})
    gate.open = True
    statuses = []
    for _ in range(4):
        await interval(flagger, gate)
        statuses.append(status_of(cluster.get(CANARIES, "test", NAME)))
    assert statuses == [
        ("WaitingPromotion", 0, 0, 2),
        ("WaitingPromotion", 0, 0, 3),
        ("Promoting", 0, 0, 3),
        ("Finalising", 0, 0, 0),
    ]
    assert gate.asked_in[1:] == [gate.asked_in[0] + 2, gate.asked_in[0] + 3]
    assert "Routing all traffic to canary" in [event["message"] for event in cluster.all(EVENTS)]


async def test_a_suspended_canary_only_says_so() -> None:
    cluster, flagger, gate = await at_first_question({"stepWeights": [50]})
    cluster.patch(CANARIES, "test", NAME, {"spec": {"suspend": True}})
    before, asked = cluster.version, len(gate.asked_in)
    await interval(flagger, gate)
    assert len(gate.asked_in) == asked
    assert [change.resource for change in cluster.since(before)] == [EVENTS]


async def test_a_way_back_to_the_promoted_revision_is_no_release() -> None:
    cluster, flagger, gate = await at_first_question({"stepWeights": [50]})
    cluster.patch(CANARIES, "test", NAME, {"status": {"phase": "Failed"}}, status=True)
    for image, phase in (("app:1.0.0", "Failed"), ("app:3.0.0", "Progressing")):
        container = {"name": "app", "image": image}
        cluster.patch(
            DEPLOYMENTS, "test", NAME, {"spec": {"template": {"spec": {"containers": [container]}}}}
        )
        await interval(flagger, gate)
        assert status_of(cluster.get(CANARIES, "test", NAME))[0] == phase


async def test_a_server_that_is_away_is_a_no_in_gos_words() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/gate/check"
        call = HttpCaller()
        answer = await call(url, b"{}", 5)
        await call.close()
    assert answer.status == 0
    reason = failure(url, answer)
    assert reason is not None
    assert reason.startswith(f'POST {url} giving up after 1 attempt(s): Post "{url}": ')


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, None),
        (202, None),
        (204, "said so"),
        (302, "said so"),
        (403, "said so"),
        (429, f"POST {URL} giving up after 1 attempt(s)"),
        (500, f"POST {URL} giving up after 1 attempt(s)"),
        (501, "said so"),
    ],
)
def test_only_three_answers_are_a_yes(status: int, reason: str | None) -> None:
    assert failure(URL, Answer(status, "said so")) == reason


def test_payloads_are_escaped_as_go_does_it() -> None:
    assert encode({"a": "97 < 99 & “é”"}) == '{"a":"97 \\u003c 99 \\u0026 “é”"}'.encode()
