"""The way of one answer: what is read of the cluster, what is written before a yes, what is answered when
something is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils import timezone

from gates import decisions, facts, heartbeat
from gates.answers import Answers
from gates.audit import Actor, Origin
from gates.decisions import Act, Change, Outcome
from gates.facts import Facts, Unreadable
from gates.keys import GATE, ROLLBACK, GateKey
from gates.models import AuditEntry, Gate
from gates.reader import DatabaseUnavailable, open_reader
from gates.rules import GateState, Verdict
from gates.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)

KEY, SWITCH = (GateKey(kind, "default", "payments", "checkout") for kind in (GATE, ROLLBACK))
MINJI, FLAGGER = Actor("person", "minji"), Origin("webhook", "10.0.0.7", "Go-http-client/1.1")

REVISION, OTHER = "a" * 64, "b" * 64
UNREADABLE = Unreadable("the API server is away")


def known(**changes: object) -> Facts:
    base = Facts(REVISION, ("shop/checkout:2",), "Waiting", 0, 10, "canary", (), "c0", timezone.now())
    return replace(base, **changes)  # type: ignore[arg-type]


class Cluster:
    """What the watch remembers and what the API server says; counts the live reads."""

    def __init__(self) -> None:
        self.memory: Facts | Unreadable = known()
        self.api: Facts | Unreadable = known()
        self.reads = 0

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        return self.memory

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        self.reads += 1
        return self.api

    def says(self, memory: Facts | Unreadable, api: Facts | Unreadable) -> None:
        self.memory, self.api = memory, api


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    source = Cluster()
    facts.provide(source)
    yield source
    facts.provide(None)


def decide(act: Act, key: GateKey = KEY, **more: object) -> None:
    decisions.apply([Change(act, key, MINJI, Origin("page"), **more)])  # type: ignore[arg-type]


def open_bound(key: GateKey = KEY) -> None:
    decide(Act.OPEN, key, facts=known(), bind=True)


def asks(key: GateKey = KEY, times: int = 1) -> list[Verdict]:
    """Flagger asks, one time after the other, over one reader and one writer."""

    async def run() -> list[Verdict]:
        reader, writer = open_reader(), Writer()
        answers = Answers(reader, writer)
        try:
            return [await answers.answer(key, lambda: FLAGGER) for _ in range(times)]
        finally:
            await writer.close()
            await reader.close()

    return asyncio.run(run())


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))


def test_a_gate_nobody_has_touched_is_closed(cluster: Cluster) -> None:
    assert [verdict.yes for verdict in asks()] == [False]
    assert not Gate.objects.exists()


def test_the_first_yes_of_a_bound_gate_reads_the_cluster_and_later_ones_do_not(cluster: Cluster) -> None:
    open_bound()
    cluster.says(known(), known())
    assert [verdict.yes for verdict in asks(times=3)] == [True, True, True]
    assert cluster.reads == 1
    assert actions() == ["gate.opened", "answer.approved"]


def test_the_entry_of_a_yes_says_who_was_told_and_what_was_known(cluster: Cluster) -> None:
    open_bound()
    cluster.says(known(), known(weight=20))
    asks()
    entry = AuditEntry.objects.get(action="answer.approved")
    assert (entry.actor_kind, entry.actor, entry.source) == ("flagger", "Flagger", "10.0.0.7")
    assert (entry.decision, entry.revision, entry.weight) == (1, REVISION, 20)


def test_a_script_opens_without_the_cluster(cluster: Cluster) -> None:
    cluster.says(UNREADABLE, UNREADABLE)
    decide(Act.OPEN)
    assert [verdict.yes for verdict in asks(times=2)] == [True, True]
    assert cluster.reads == 0


def test_a_bound_gate_whose_revision_cannot_be_read_is_a_no_that_ends_nothing(cluster: Cluster) -> None:
    open_bound()
    cluster.says(UNREADABLE, UNREADABLE)
    assert asks()[0] == Verdict(False, "revision unknown")
    assert Gate.objects.get().open
    cluster.says(known(), known())
    assert asks()[0].yes


def test_another_revision_ends_a_gate_with_an_entry_of_the_system(cluster: Cluster) -> None:
    open_bound()
    cluster.says(known(), known(revision=OTHER))
    assert not asks()[0].yes
    entry = AuditEntry.objects.get(action="gate.ended")
    assert (entry.actor_kind, entry.via, entry.reason, entry.revision) == (
        "system",
        "system",
        "new revision",
        OTHER,
    )
    assert not Gate.objects.get().open
    cluster.says(known(), known())
    assert not asks()[0].yes


def test_memory_alone_ends_nothing(cluster: Cluster) -> None:
    open_bound()
    cluster.says(known(), known())
    asks()
    cluster.says(known(revision=OTHER), known())
    assert asks()[0].yes
    assert cluster.reads == 2
    assert Gate.objects.get().open


def test_memory_that_is_older_than_the_decision_is_not_believed(cluster: Cluster) -> None:
    old = known(revision=OTHER)
    open_bound()
    cluster.says(known(), known())
    asks()
    cluster.says(old, known())
    assert asks()[0].yes
    assert cluster.reads == 2


def test_a_rollback_never_waits_for_the_cluster(cluster: Cluster) -> None:
    open_bound(SWITCH)
    cluster.says(UNREADABLE, UNREADABLE)
    assert [verdict.yes for verdict in asks(SWITCH, times=2)] == [True, True]
    assert cluster.reads == 0
    assert actions() == ["rollback.requested", "answer.rollback"]


def test_a_rollback_that_memory_takes_for_ended_is_confirmed_first(cluster: Cluster) -> None:
    open_bound(SWITCH)
    cluster.says(known(phase="Failed", checksum="c1"), UNREADABLE)
    assert asks(SWITCH)[0].yes
    cluster.says(known(phase="Failed", checksum="c1"), known(phase="Failed", checksum="c1"))
    assert not asks(SWITCH)[0].yes
    assert actions()[-1] == "rollback.ended"
    assert asks(SWITCH)[0] == Verdict(False, "closed")


def test_what_was_open_until_a_time_ends_then_without_the_cluster(cluster: Cluster) -> None:
    decide(Act.OPEN, SWITCH, until=timezone.now())
    cluster.says(UNREADABLE, UNREADABLE)
    assert not asks(SWITCH)[0].yes
    assert AuditEntry.objects.get(action="rollback.ended").reason == "expired"


class Racing(Writer):
    """Another replica gets its change in just before ours."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self.other: Change | None = change

    async def submit(self, change: Change, patience: float) -> Outcome:
        if self.other is not None:
            other, self.other = self.other, None
            await super().submit(other, patience)
        return await super().submit(change, patience)


def race(change: Change) -> Verdict:
    async def run() -> Verdict:
        reader, writer = open_reader(), Racing(change)
        try:
            return await Answers(reader, writer).answer(KEY, lambda: FLAGGER)
        finally:
            await writer.close()
            await reader.close()

    return asyncio.run(run())


def test_two_replicas_that_say_yes_at_once_leave_one_entry(cluster: Cluster) -> None:
    decide(Act.OPEN)
    assert race(Change(Act.ANSWER, KEY, MINJI, FLAGGER, expect=1)).yes
    assert actions() == ["gate.opened", "answer.approved"]


def test_a_gate_closed_while_it_is_asked_is_a_no(cluster: Cluster) -> None:
    decide(Act.OPEN)
    assert not race(Change(Act.CLOSE, KEY, MINJI, FLAGGER)).yes
    assert actions() == ["gate.opened", "gate.closed"]


def test_no_yes_is_given_when_its_entry_cannot_be_written(cluster: Cluster) -> None:
    decide(Act.OPEN)

    class Broken(Writer):
        async def submit(self, change: Change, patience: float) -> Outcome:
            raise DatabaseUnavailable("disk full")

    async def run() -> Verdict:
        reader = open_reader()
        try:
            return await Answers(reader, Broken()).answer(KEY, lambda: FLAGGER)
        finally:
            await reader.close()

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(run())


def test_a_gate_closed_while_the_cluster_is_read_is_a_no(cluster: Cluster) -> None:
    open_bound()
    cluster.says(known(), known())
    asks()

    class Closing:
        """The gate is closed while the API server answers."""

        def current(self, *_: str) -> Facts | Unreadable:
            return known(revision=OTHER)

        async def live(self, *_: str) -> Facts | Unreadable:
            await asyncio.to_thread(decide, Act.CLOSE)
            return known()

    facts.provide(Closing())
    assert asks()[0] == Verdict(False, "closed")


def test_every_ask_is_counted_in_memory(cluster: Cluster) -> None:
    heartbeat.forget()
    heard: list[tuple[GateKey, heartbeat.Asked]] = []
    heartbeat.listen(lambda key, asked: heard.append((key, asked)))
    try:
        asks(times=2)
        decide(Act.OPEN)
        asks()
    finally:
        heartbeat.listen(None)
    asked = heartbeat.asked(KEY)
    assert asked is not None
    assert (asked.count, asked.last_answer) == (3, True)
    assert [(key, one.count) for key, one in heard] == [(KEY, 1), (KEY, 2), (KEY, 3)]
    assert heartbeat.asked(SWITCH) is None


def test_columns_are_the_fields_that_the_rules_know() -> None:
    decide(Act.OPEN, facts=known(), bind=True, until=timezone.now())

    async def read() -> GateState:
        reader = open_reader()
        try:
            return await reader.get(KEY, asyncio.get_running_loop().time() + 5)
        finally:
            await reader.close()

    assert asyncio.run(read()) == decisions.state(Gate.objects.get())
