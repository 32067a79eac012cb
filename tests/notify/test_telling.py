"""What is decided, how releases end, whether the cluster is there: each told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import NotificationReach, NotificationRule, Release
from dashboard.notify import outbox, rules
from dashboard.store import Freshness, Reach, Store, Trouble
from gates import audit, decisions
from gates.confirm_rules import Hook
from gates.keys import GATE, GateKey
from gates.models import AuditEntry, AuditHead
from tests.notify.conftest import ADA, look, rule, tell
from tests.support.people import People
from tests.support.receivers import Room
from tests.typed.conftest import Cluster, Flagger, decide

pytestmark = pytest.mark.django_db(transaction=True)


def ended(outcome: str, **more: object) -> Release:
    """A release of payments/checkout that ended now, and of which everything is known."""
    now = timezone.now()
    fields: dict[str, object] = {
        "subject": "s" * 64, "cluster": "default", "namespace": "payments", "name": "checkout",
        "run_at": now, "checksum": "c1", "began_at": now, "ended_at": now, "outcome": outcome,
        "settled": True, "images": [["app", "shop/checkout:1", "shop/checkout:2"]], "reached": 30,
    }  # fmt: skip
    return Release.objects.create(**(fields | more))


def away(seconds: float) -> Store:
    """A replica that has not reached the cluster for so long."""
    store = Store("default", "")
    since = timezone.now() - timedelta(seconds=seconds)
    store.freshness = Freshness(Reach.STALE, since, Trouble.UNREACHABLE, "connection refused")
    return store


def live() -> Store:
    """A replica that sees the cluster."""
    store = Store("default", "")
    store.set_freshness(Reach.LIVE)
    return store


def test_a_decision_is_told_once_with_who_and_why(cluster: Cluster, room: Room) -> None:
    rule(room.url)
    decide("approve", reason="the graphs are flat")
    tell()
    tell()
    assert room.titles == ["minji approved the start of payments/checkout"]
    assert "By: minji" in room.bodies[0]
    assert "Reason: the graphs are flat" in room.bodies[0]
    assert "Image: shop/checkout:2.14.0" in room.bodies[0]


def test_what_was_decided_before_the_rule_is_no_news(cluster: Cluster, room: Room) -> None:
    decide("approve")
    first = rule(room.url)
    tell()
    rules.switch(first.pk, False, ADA)
    decide("hold", "jun")
    tell()
    rules.switch(first.pk, True, ADA)
    tell()
    assert room.titles == []
    decide("hold", "sora")
    tell()
    assert room.titles == ["sora rejected the start of payments/checkout"]


def test_a_reason_cannot_forge_lines_or_headers(cluster: Cluster, room: Room) -> None:
    rule(room.url)
    decide("approve", "min\r\nBcc: all", reason="fine\nLook: https://evil.example\u2028x")
    tell()
    assert "\n" not in room.titles[0]
    assert not any(line.startswith("Look: https://evil") for line in room.bodies[0].splitlines())


def test_a_decision_without_effect_and_an_answer_are_not_told(
    flagger: Flagger, cluster: Cluster, room: Room
) -> None:
    rule(room.url, events=("decided",))
    decide("approve")
    flagger.asks(Hook.START)
    tell()
    assert AuditEntry.objects.filter(action="answer.approved").exists()
    assert len(room.titles) == 1


def test_two_replicas_that_read_the_same_entries_tell_them_once(
    cluster: Cluster, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(room.url)
    decide("approve")
    put = outbox.put_and_mark

    def overtaken(*arguments: object) -> bool:
        monkeypatch.setattr(outbox, "put_and_mark", put)
        decide("approve", "jun")
        look()
        return put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "put_and_mark", overtaken)
    tell()
    assert len(room.titles) == 2
    # Whoever was overtaken does not move the mark back.
    assert outbox.mark().seq == AuditEntry.objects.order_by("-seq")[0].seq


def test_following_the_link_decides_nothing(
    cluster: Cluster, room: Room, people: People, browse: Callable[[str], Client], settings: Any
) -> None:
    settings.PUBLIC_URL = "http://testserver"
    rule(room.url)
    decide("approve")
    tell()
    link = room.bodies[0].rpartition("Look: ")[2].splitlines()[0]
    entries = AuditEntry.objects.count()
    client: Client = browse("alice")
    client.get(link)
    assert link.startswith("http://testserver/canaries/payments/checkout")
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("outcome", "title"),
    [("succeeded", "payments/checkout succeeded"), ("failed", "payments/checkout failed")],
)
def test_the_end_of_a_release_is_told_once_also_when_its_row_is_written_anew(
    cluster: Cluster, room: Room, outcome: str, title: str
) -> None:
    rule(room.url)
    first = ended(outcome, why="Halt advancement")
    tell()
    Release.objects.all().delete()
    ended(outcome, run_at=first.run_at, ended_at=first.ended_at)
    tell()
    assert room.titles == [title]
    assert "Image: shop/checkout:1 → shop/checkout:2" in room.bodies[0]
    assert "Weight: 30 %" in room.bodies[0]


def test_a_release_that_somebody_rolled_back_says_who_and_why(cluster: Cluster, room: Room) -> None:
    rule(room.url, events=("rolled-back",))
    cluster.moves(phase="Progressing")
    outcome = decide("rollback", reason="errors in the basket")
    assert outcome.entry is not None
    ended("failed", decision=outcome.entry.seq)
    tell()
    assert room.titles == ["payments/checkout was rolled back"]
    assert "Reason: errors in the basket" in room.bodies[0]


def test_what_ended_before_the_rule_and_what_is_not_settled_is_not_told(cluster: Cluster, room: Room) -> None:
    ended("failed")
    rule(room.url)
    ended("failed", run_at=None, checksum="c2", settled=False)
    ended("superseded", checksum="c3")
    tell()
    assert room.titles == []


def test_a_cluster_out_of_reach_is_told_once_and_its_return_too(cluster: Cluster, room: Room) -> None:
    rule(room.url)
    tell(live())
    NotificationReach.objects.update(live_at=timezone.now() - timedelta(minutes=2))
    for _replica in range(2):
        tell(away(90))
    assert room.titles == ["The cluster default is out of reach"]
    assert "connection refused" in room.bodies[0]
    tell(live())
    tell(live())
    assert room.titles[1:] == ["The cluster default is in reach again"]


def test_a_cluster_that_one_replica_still_sees_is_not_away(cluster: Cluster, room: Room) -> None:
    rule(room.url)
    NotificationReach.objects.create(
        cluster="default", since=timezone.now(), live_at=timezone.now() - timedelta(minutes=2)
    )
    tell(live())
    tell(away(90))
    assert room.titles == []
    tell(away(5))
    assert room.titles == []


def test_a_flood_of_gates_that_anyone_opens_has_an_end_and_people_are_still_told(
    cluster: Cluster, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_AN_HOUR", 2)
    rule(room.url)
    anyone = audit.Actor("webhook", "webhook (unverified)")
    for number in range(5):
        key = GateKey(GATE, "default", "payments", f"made-up-{number}")
        decisions.apply([decisions.Change(decisions.Act.OPEN, key, anyone, audit.Origin("webhook"))])
    decide("approve")
    tell()
    assert len(room.titles) == 3
    assert room.titles[-1] == "minji approved the start of payments/checkout"


def test_a_part_that_fails_keeps_no_other_from_being_told(
    cluster: Cluster, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.notify import waits

    def broken(_now: datetime) -> list[object]:
        raise ValueError("odd")

    monkeypatch.setattr(waits, "current", broken)
    rule(room.url)
    decide("approve")
    tell()
    assert len(room.titles) == 1


def test_without_rules_nothing_is_read_or_written(db: None) -> None:
    AuditHead.objects.get_or_create(pk=audit.HEAD)
    look(live())
    assert not NotificationRule.objects.exists()
    assert not NotificationReach.objects.exists()
