"""What the gates are told: from memory only while live, and live from the API server itself."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard import workloads
from dashboard.cluster_errors import ClusterError, NotFound, Unreachable
from dashboard.facts_source import ClusterFacts
from dashboard.resources import Resource
from dashboard.store import Reach, Store, Trouble
from gates.facts import Facts, Unreadable
from tests.cluster.objects import canary, raw
from tests.support.traces import deployment

STEPS = {"stepWeights": [10, 50], "webhooks": [{"type": "confirm-rollout", "name": "g", "url": "http://x/"}]}
WHO = ("default", "test", "podinfo")


class Answers:
    """The API server's objects by kind; an error is raised."""

    def __init__(self, **objects: Any) -> None:
        self.objects = objects
        self.asked: list[tuple[str, str]] = []

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        self.asked.append((resource.kind, name))
        answer = self.objects.get(resource.kind, NotFound("there is none"))
        if isinstance(answer, ClusterError):
            raise answer
        assert isinstance(answer, dict)
        return answer


@pytest.fixture
def store() -> Store:
    store = Store("default", "tests")
    store.set_freshness(Reach.LIVE)
    store.apply("Deployment", [workloads.parse("Deployment", deployment("test", "podinfo", "app:1"))])
    store.apply("Canary", [canary(STEPS, {"phase": "Waiting"})])
    return store


def now(**objects: Any) -> dict[str, Any]:
    return {
        "Canary": raw(STEPS, {"phase": "Progressing", "canaryWeight": 10}),
        "Deployment": deployment("test", "podinfo", "app:2"),
        **objects,
    }


def test_current_comes_from_the_store(store: Store) -> None:
    facts = ClusterFacts(store, Answers()).current(*WHO)
    assert isinstance(facts, Facts)
    assert (facts.phase, facts.weight, facts.next_weight) == ("Waiting", 0, 10)
    assert facts.images == ("app:1",)
    assert facts.hooks == ("confirm-rollout",)
    assert (facts.strategy, facts.checksum) == ("canary", "758df7c9fc")
    assert len(facts.revision) == 64


@pytest.mark.parametrize(
    ("reach", "detail", "why"),
    [
        (Reach.STARTING, "", "the cluster has not been read yet"),
        (Reach.STALE, "no connection", "no connection"),
    ],
)
def test_current_is_unreadable_unless_live(store: Store, reach: Reach, detail: str, why: str) -> None:
    store.set_freshness(reach, Trouble.UNREACHABLE, detail)
    assert ClusterFacts(store, Answers()).current(*WHO) == Unreadable(why)


async def test_a_canary_that_is_not_there_is_missing_not_unknown(store: Store) -> None:
    source = ClusterFacts(store, Answers())
    missing = Unreadable("no such canary", missing=True)
    assert source.current("default", "test", "nobody") == missing
    assert await source.live("default", "test", "nobody") == missing


async def test_another_cluster_is_unreadable(store: Store) -> None:
    source = ClusterFacts(store, Answers(**now()))
    why = Unreadable("there is no cluster named other")
    assert source.current("other", "test", "podinfo") == await source.live("other", "test", "podinfo") == why


async def test_live_is_what_the_api_server_says_now(store: Store) -> None:
    source = ClusterFacts(store, Answers(**now()))
    before, live = source.current(*WHO), await source.live(*WHO)
    assert isinstance(before, Facts)
    assert isinstance(live, Facts)
    assert (live.phase, live.weight, live.images) == ("Progressing", 10, ("app:2",))
    assert live.revision != before.revision
    assert live.observed_at > before.observed_at


async def test_live_needs_no_store(store: Store) -> None:
    live = await ClusterFacts(Store("default", ""), Answers(**now())).live(*WHO)
    assert isinstance(live, Facts)
    assert live.images == ("app:2",)


async def test_live_follows_a_target_that_has_just_changed(store: Store) -> None:
    target = {"kind": "DaemonSet", "name": "agent"}
    api = Answers(
        **now(Canary=raw(STEPS, targetRef=target), DaemonSet=deployment("test", "agent", "agent:1"))
    )
    live = await ClusterFacts(store, api).live(*WHO)
    assert isinstance(live, Facts)
    assert live.images == ("agent:1",)


async def test_live_of_a_missing_target_has_no_revision(store: Store) -> None:
    live = await ClusterFacts(store, Answers(**now(Deployment=NotFound("none")))).live(*WHO)
    assert isinstance(live, Facts)
    assert (live.revision, live.images) == ("", ())


@pytest.mark.parametrize("kind", ["Canary", "Deployment"])
async def test_live_is_unreadable_when_the_api_server_does_not_answer(store: Store, kind: str) -> None:
    live = await ClusterFacts(store, Answers(**now(**{kind: Unreachable("no answer in time")}))).live(*WHO)
    assert live == Unreadable("no answer in time")
