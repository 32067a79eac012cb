"""What Flagger itself says, passed on to the rules that ask for it: once, all of it, and not without end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from dashboard.models import Notification
from dashboard.notify import outbox, passing
from dashboard.notify.observing import Observing
from gates.confirm_rules import Hook
from gates.models import FlaggerEvent
from tests.notify.conftest import rule, tell
from tests.support.receivers import Room
from tests.typed.conftest import Cluster

pytestmark = pytest.mark.django_db(transaction=True)


def event(message: str, name: str = "checkout", at: datetime | None = None) -> FlaggerEvent:
    """Flagger's event hook has told this."""
    return FlaggerEvent.objects.create(
        subject="s" * 64, cluster="default", namespace="payments", name=name, at=at or timezone.now(),
        hook=Hook.EVENT, message=message, warning=True,
    )  # fmt: skip


def test_flaggers_messages_are_passed_on_to_rules_that_ask_for_them(cluster: Cluster, room: Room) -> None:
    event("told before the rule")
    rule(room.url, events=("flagger",))
    rule(room.url, name="others")
    replica = Observing(list)
    replica.look()
    event("Halt advancement https://hooks.slack.com/services/T000/B000/XXXX")
    replica.look()
    replica.look()
    tell()
    (title,) = room.titles
    assert title.startswith("Flagger warns about payments/checkout: Halt advancement")
    assert "B000" not in title + room.bodies[0]


def test_what_flagger_says_in_each_interval_is_passed_on_once_an_hour(cluster: Cluster, room: Room) -> None:
    made = rule(room.url, events=("flagger",))
    replica = Observing(list)
    replica.look()
    noon = timezone.now().replace(minute=1)
    type(made).objects.update(since=noon - timedelta(hours=1))
    for minute in (1, 2, 3, 65):
        event("Halt advancement waiting for approval", at=noon + timedelta(minutes=minute))
        replica.look()
    event("Advance canary weight 20", at=noon)
    replica.look()
    assert Notification.objects.count() == 3


def test_an_event_that_comes_into_sight_late_is_not_missed(cluster: Cluster, room: Room) -> None:
    rule(room.url, events=("flagger",))
    replica = Observing(list)
    replica.look()
    early = event("first")
    FlaggerEvent.objects.filter(pk=early.pk).delete()
    event("second")
    replica.look()
    early.save(force_insert=True)
    replica.look()
    tell()
    assert sorted(room.titles) == [
        "Flagger warns about payments/checkout: first",
        "Flagger warns about payments/checkout: second",
    ]


def test_more_events_than_are_read_at_once_are_all_told_in_one_look(
    cluster: Cluster, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "MOST", 2)
    monkeypatch.setattr(passing, "LATE", timedelta(days=1))
    rule(room.url, events=("flagger",))
    replica = Observing(list)
    replica.look()
    told = [event(f"message {number}") for number in range(6)]
    late = told[1]
    FlaggerEvent.objects.filter(pk=late.pk).delete()
    replica.look()
    assert Notification.objects.count() == 5
    late.save(force_insert=True)
    replica.look()
    assert Notification.objects.count() == 6
    # The mark follows when nothing can come into sight behind it any more.
    assert outbox.mark().event < told[0].pk
    monkeypatch.setattr(passing, "LATE", -timedelta(days=1))
    replica.look()
    assert outbox.mark().event == told[-1].pk


def test_a_flood_of_events_has_an_end(cluster: Cluster, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_AN_HOUR", 3)
    rule(room.url, events=("flagger",))
    replica = Observing(list)
    replica.look()
    for number in range(9):
        event(f"message {number}")
    replica.look()
    assert Notification.objects.count() == 3
