"""What is decided at one replica is seen in pages that are open on another, whatever is away meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gates.calls import ACCEPTED, ask
from tests.replicas.conftest import Replicas
from tests.replicas.hints import sender
from tests.replicas.page import OpenPage
from tests.replicas.shop import CLOSED, NAMESPACE, OPEN, WHO, canary, opened, phase
from tests.support.etcd import compact
from tests.support.kube import Kube
from tests.support.people import PASSWORD
from tests.support.redis import Redis
from tests.support.server import Server
from tests.support.visitor import Visitor, sign_in
from tests.support.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.kube]


@pytest.fixture(scope="module")
def pair(kube: Kube, replicas: Replicas) -> Iterator[list[Server]]:
    kube.namespace(NAMESPACE)
    kube.apply(canary())
    phase(kube, "Waiting")
    servers = replicas(2, AVIARY_CLUSTER="kubeconfig", KUBECONFIG=str(kube.kubeconfig()))
    servers[0].add_people()
    yield servers
    kube.clear(NAMESPACE)


@pytest.fixture(scope="module")
def visitor(pair: list[Server]) -> Iterator[Visitor]:
    """One session, which both replicas know."""
    opened = sign_in(pair[0].url, "alice", PASSWORD)
    yield opened
    opened.close()


def seen_elsewhere(pair: list[Server], pages: tuple[OpenPage, ...]) -> None:
    """Each replica decides, and the page on the other one shows it."""
    for here, there in ((0, 1), (1, 0)):
        for act, shown in (("open", OPEN), ("close", CLOSED)):
            assert ask(pair[here], f"/gate/{act}", WHO) == ACCEPTED
            pages[there].until(shown)


def test_a_decision_is_seen_on_another_replica(pair: list[Server], visitor: Visitor) -> None:
    with opened(pair, visitor) as pages:
        seen_elsewhere(pair, pages)


def test_whoever_decides_tells_the_others(pair: list[Server], redis: Redis) -> None:
    def decided(at: int, act: str) -> str:
        return sender(redis, lambda: ask(pair[at], f"/gate/{act}", WHO))

    # Pages of others are drawn anew because of a hint, and not only because each looks by itself.
    first, second = decided(0, "open"), decided(1, "close")
    assert first != second
    assert [decided(0, "open"), decided(1, "close")] == [first, second]


def test_it_is_seen_without_redis_and_again_with_it(
    pair: list[Server], visitor: Visitor, redis: Redis
) -> None:
    with opened(pair, visitor) as pages:
        redis.stop()
        try:
            seen_elsewhere(pair, pages)
        finally:
            redis.start()
        seen_elsewhere(pair, pages)
        redis.say("FLUSHALL")
        seen_elsewhere(pair, pages)


def test_pages_are_current_after_the_api_server_was_restarted_and_etcd_compacted(
    pair: list[Server], visitor: Visitor, kube: Kube
) -> None:
    kube.apply(canary("gone"))
    with opened(pair, visitor, "/") as pages:
        pids = [server.pid for server in pair]
        kube.kill()
        try:
            for page in pages:
                page.until_live("stale")
            # Gates need no cluster, and pages still hear of them.
            assert ask(pair[0], "/gate/open", WHO) == ACCEPTED
        finally:
            kube.start()
        kube.delete("Canary", NAMESPACE, "gone")
        compact(kube)
        phase(kube, "Failed")
        for page in pages:
            page.until(r'data-phase="?Failed')
            page.until_live("live")
        for server in pair:
            until(lambda: "/gone" not in visitor.get(f"{server.url}/").text)  # noqa: B023
        assert [server.pid for server in pair] == pids
    assert ask(pair[1], "/gate/close", WHO) == ACCEPTED
    phase(kube, "Waiting")
