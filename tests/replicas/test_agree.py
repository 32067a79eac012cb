"""Any replica answers right at once after any other took a decision, and replacing one fails no call."""

from __future__ import annotations

import signal

import pytest

from tests.gates.calls import APPROVED, ask
from tests.replicas.calls import mixed
from tests.replicas.conftest import Replicas
from tests.replicas.load import Load
from tests.replicas.service import Service
from tests.support.postgres import Postgres
from tests.support.redis import Redis
from tests.support.server import Server
from tests.support.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture(scope="module")
def three(replicas: Replicas) -> list[Server]:
    return replicas(3, AVIARY_DRAIN_SECONDS="3")


def test_a_check_is_right_at_once_after_a_change_elsewhere(three: list[Server]) -> None:
    made, wrong = mixed(three, 900)
    assert wrong == []
    assert made >= 900


def test_no_call_fails_while_all_three_are_replaced_under_load(three: list[Server]) -> None:
    with Service(three) as service:
        service.until_ready(3)
        with Load(lambda: service.port, 60) as load:
            for server in three:
                assert server.terminate() in {0, -signal.SIGTERM}
                server.start()
                service.until_ready(3)
    assert load.failed == []
    assert load.made > 100
    for who in load.acknowledged[-10:]:
        assert {ask(server, "/gate/check", who) for server in three} == {APPROVED}


def test_calls_to_a_replica_that_has_gone_count_as_failed(three: list[Server]) -> None:
    """The test above can fail: calls to a replica that has gone are counted."""
    with Load(lambda: three[0].port, 60) as load:
        three[0].kill()
        until(lambda: load.failed)
    three[0].start()


def test_no_call_fails_while_redis_is_away_and_it_is_said_once(three: list[Server], redis: Redis) -> None:
    before = [len(server.output) for server in three]

    def since() -> list[str]:
        return [server.output[seen:] for server, seen in zip(three, before, strict=True)]

    with Service(three) as service:
        service.until_ready(3)
        with Load(lambda: service.port, 40) as load:
            redis.stop()
            try:
                until(lambda: all("Redis is away" in output for output in since()))
                made, wrong = mixed(three, 150)
            finally:
                redis.start()
            # While it starts it may take a connection and drop it again, which is said as well.
            until(lambda: all(it.count("Redis is away") == it.count("Redis is back") for it in since()))
    assert load.failed == wrong == []
    assert made >= 150
    for output in since():
        assert output.count("Redis is away") <= 2
        assert "Traceback" not in output
        assert redis.password not in output


def test_a_redis_that_was_never_there_stops_nobody(replicas: Replicas, postgres: Postgres) -> None:
    (server,) = replicas(1, REDIS_URL="redis://:a%20long%20password@127.0.0.1:9/0", AVIARY_LOG_LEVEL="debug")
    until(lambda: "Redis is away" in server.output)
    made, wrong = mixed([server], 20)
    assert (made, wrong) == (20, [])
    for written in ("a%20long%20password", "a long password"):
        assert written not in server.output
