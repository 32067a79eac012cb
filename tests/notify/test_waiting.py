"""One message for a waiting episode, reminders on the schedule, one when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.models import Notification, NotificationRule
from gates.confirm_rules import Hook
from gates.models import AskedHook, Episode
from tests.notify.conftest import look, rule, send, tell
from tests.support.receivers import Room
from tests.typed.conftest import R2, Cluster, Flagger, decide, spec

pytestmark = pytest.mark.django_db(transaction=True)


def long_ago(**distance: float) -> None:
    """The wait began, and the rules were made, that much earlier."""
    began = timezone.now() - timedelta(**distance)
    Episode.objects.update(began_at=began)
    NotificationRule.objects.update(since=began)


def test_one_message_for_an_episode_however_often_flagger_asks(flagger: Flagger, room: Room) -> None:
    rule(room.url)
    for _count in range(3):
        flagger.asks(Hook.START)
        tell()
    assert room.titles == ["payments/checkout waits for a decision: the start"]


def test_the_message_says_what_waits_and_where_to_decide(flagger: Flagger, room: Room, settings: Any) -> None:
    settings.PUBLIC_URL = "https://aviary.example"
    rule(room.url)
    flagger.asks(Hook.START)
    tell()
    (body,) = room.bodies
    told = body.splitlines()
    assert {"Cluster: default", "Namespace: payments", "Canary: checkout"} <= set(told)
    assert {"Weight: 0 %", "Phase: Waiting"} <= set(told)
    assert told[-1] == "Look and decide: https://aviary.example/canaries/payments/checkout"


def test_who_decided_and_why_is_told_at_the_end_of_the_wait(flagger: Flagger, room: Room) -> None:
    rule(room.url, events=("waiting",))
    flagger.asks(Hook.START)
    tell()
    decide("approve", reason="looks fine")
    assert flagger.asks(Hook.START) == "Approved"
    tell()
    tell()
    assert room.titles[1:] == ["payments/checkout waits no longer: the start"]
    assert "minji approved the start of payments/checkout" in room.bodies[1]
    assert "Reason: looks fine" in room.bodies[1]


def test_a_wait_that_ends_with_its_revision_was_decided_by_nobody(
    flagger: Flagger, cluster: Cluster, room: Room
) -> None:
    rule(room.url, events=("waiting",))
    flagger.asks(Hook.START)
    tell()
    Episode.objects.update(ended_at=timezone.now(), current=None)
    tell()
    assert "Nobody decided" in room.bodies[1]


def test_reminders_come_on_their_schedule_and_missed_ones_are_not_made_up_for(
    flagger: Flagger, room: Room
) -> None:
    rule(room.url, reminders="1h, 4h, 24h")
    flagger.asks(Hook.START)
    tell()
    long_ago(minutes=61)
    tell()
    tell()
    assert room.titles[1:] == ["payments/checkout has been waiting for 61 minutes: the start"]
    long_ago(hours=30)
    tell()
    tell()
    assert room.titles[2:] == ["payments/checkout has been waiting for 30 hours: the start"]


def test_a_rule_made_while_something_waits_hears_of_it_but_is_not_reminded_at_once(
    flagger: Flagger, room: Room
) -> None:
    flagger.asks(Hook.START)
    Episode.objects.update(began_at=timezone.now() - timedelta(hours=5))
    rule(room.url, reminders="1h")
    tell()
    tell()
    assert room.titles == ["payments/checkout waits for a decision: the start"]


def test_each_step_and_each_revision_is_an_episode_of_its_own(
    flagger: Flagger, cluster: Cluster, room: Room
) -> None:
    rule(room.url, events=("waiting",))
    flagger.asks(Hook.START)
    tell()
    cluster.moves(revision=R2)
    flagger.asks(Hook.START)
    tell()
    assert len(room.titles) == 2


def test_a_deadline_is_told_once_shortly_before_it(flagger: Flagger, cluster: Cluster, room: Room) -> None:
    cluster.moves(specs=(spec("confirm-rollout", deadline="4h", on_deadline="reject"),))
    rule(room.url, events=("deadline",))
    flagger.asks(Hook.START, deadline="4h", on_deadline="reject")
    tell()
    assert room.titles == []
    Episode.objects.update(
        began_at=timezone.now() - timedelta(hours=3, minutes=48),
        deadline_at=timezone.now() + timedelta(minutes=12),
    )
    tell()
    tell()
    assert room.titles == [
        "payments/checkout: 12 minutes left for a decision about the start, "
        "then it is rejected: blocked until a new revision"
    ]


def test_other_namespaces_clusters_and_events_are_not_told(flagger: Flagger, room: Room) -> None:
    rule(room.url, namespaces="catalog")
    rule(room.url, clusters="west-*")
    rule(room.url, events=("decided",))
    rule(room.url, enabled=False)
    flagger.asks(Hook.START)
    tell()
    assert room.titles == []


def test_a_drop_in_gate_that_says_no_waits_until_it_says_yes(cluster: Cluster, room: Room) -> None:
    rule(room.url, events=("waiting",))
    now = timezone.now()
    asked = AskedHook.objects.create(
        key="k" * 64, subject="s" * 64, cluster="default", namespace="payments", name="checkout",
        hook="drop-in gate", began_at=now, last_at=now, last_yes=False, last_why="closed",
    )  # fmt: skip
    tell()
    AskedHook.objects.update(last_at=timezone.now())
    tell()
    assert room.titles == ["payments/checkout waits for a decision: its gate"]
    assert "Flagger was told: closed" in room.bodies[0]
    # Flagger is silent: it may still wait.
    AskedHook.objects.update(last_at=now - timedelta(hours=1))
    tell()
    assert len(room.titles) == 1
    AskedHook.objects.filter(pk=asked.pk).update(last_yes=True)
    tell()
    assert room.titles[1:] == ["payments/checkout waits no longer: its gate"]


def test_two_replicas_that_look_at_once_put_it_in_once(flagger: Flagger, room: Room) -> None:
    rule(room.url)
    flagger.asks(Hook.START)
    look()
    look()
    assert Notification.objects.count() == 1
    send()
    send()
    assert len(room.taken) == 1
