"""What Flagger asked, over replicas: counted in memory, written in one statement, never once per poll."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from gates import asked, asked_flush, facts, heartbeat
from gates.approvals import Where
from gates.confirm_rules import Hook
from gates.facts import Unreadable
from gates.hooks import heartbeat_key
from gates.keys import GATE, GateKey
from gates.models import AskedHook
from tests.typed.conftest import Cluster, Flagger

pytestmark = pytest.mark.django_db(transaction=True)
# Not fixed: what was asked a month ago is forgotten.
NOW = datetime.now(UTC).replace(microsecond=0)
START = heartbeat_key(Where("default", "payments", "checkout", Hook.START))
SWITCH = GateKey(GATE, "default", "payments", "checkout")


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    heartbeat.forget()
    yield
    heartbeat.forget()


def told(*answers: bool, key: GateKey = START, at: int = 0) -> None:
    """Flagger asks once a second, from second `at` on."""
    for number, yes in enumerate(answers):
        heartbeat.record(key, NOW + timedelta(seconds=at + number), yes, "Approved" if yes else "waiting")


def replica(*answers: bool, at: int) -> None:
    """The same at another process, which flushes what it heard and knows nothing of this one."""
    before = heartbeat.take()
    heartbeat._asked.clear()
    told(*answers, at=at)
    asked_flush.flush(heartbeat.take())
    heartbeat.put_back(before)


def test_polls_cost_one_statement_for_all_of_them(cluster: Cluster) -> None:
    for key in (START, SWITCH):
        told(*[False] * 50, key=key)
    with CaptureQueriesContext(connection) as queries:
        assert asked_flush.flush(heartbeat.take()) == 2
    assert sum("INSERT" in one["sql"] for one in queries) == 1
    assert [(row.hook, row.count) for row in AskedHook.objects.order_by("hook")] == [
        ("confirm-rollout", 50), ("drop-in gate", 50),
    ]  # fmt: skip


def test_asking_itself_writes_nothing(cluster: Cluster, flagger: Flagger) -> None:
    for _ in range(3):
        flagger.asks(Hook.START)
    assert not AskedHook.objects.exists()
    assert asked.seen([START])[START].count == 3
    assert asked.seen([START])[START].why == "waiting for approval 1 of 1"


def test_counts_of_replicas_add_up_and_the_later_ask_is_the_last(cluster: Cluster) -> None:
    replica(False, False, at=10)
    told(False, False, False)
    one = asked.seen([START])[START]
    assert (one.count, one.last) == (5, NOW + timedelta(seconds=11))
    asked_flush.flush(heartbeat.take())
    assert asked.seen([START])[START] == one
    replica(False, at=20)
    assert asked.seen([START])[START].last == NOW + timedelta(seconds=20)


def test_after_a_yes_it_is_counted_anew(cluster: Cluster) -> None:
    told(False, False, True)
    asked_flush.flush(heartbeat.take())
    assert asked.seen([START])[START].yes
    told(False, False, at=60)
    for _flushed in range(2):
        one = asked.seen([START])[START]
        assert (one.count, one.began, one.yes) == (2, NOW + timedelta(seconds=60), False)
        asked_flush.flush(heartbeat.take())


def test_what_could_not_be_written_is_written_later(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_beats: object) -> int:
        raise OperationalError("database is locked")

    told(False, False)
    with monkeypatch.context() as patch:
        patch.setattr(asked_flush, "flush", away)
        asyncio.run(asked_flush._try())
    told(False, at=5)
    asyncio.run(asked_flush._try())
    row = AskedHook.objects.get()
    assert (row.count, row.began_at, row.last_at) == (3, NOW, NOW + timedelta(seconds=5))


def test_names_that_the_cluster_does_not_have_are_not_written(cluster: Cluster, flagger: Flagger) -> None:
    flagger.asks(Hook.START, "made-up")
    assert heartbeat.take() == []
    told(False)
    cluster.memory = Unreadable("no such canary", missing=True)
    assert asked_flush.flush(heartbeat.take()) == 0
    facts.provide(None)


def test_what_waits_to_be_written_is_bounded(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LIMIT", 10)
    for number in range(100):
        told(False, key=GateKey(GATE, "default", "x", str(number)))
    assert len(heartbeat.take()) == 10


def test_rows_of_long_ago_are_forgotten(cluster: Cluster) -> None:
    told(False, at=-90 * 86400)
    asked_flush.flush(heartbeat.take())
    assert not AskedHook.objects.exists()
