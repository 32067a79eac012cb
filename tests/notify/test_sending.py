"""Delivery: mail and webhooks arrive, failures are tried again and given up, nothing is sent by two."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.models import Notification, NotificationRule
from dashboard.notify import outbox, sending
from dashboard.notify.outbox import Letter
from dashboard.notify.sending import Sender
from tests.notify.conftest import rule, send
from tests.support.receivers import SECRET, Mailbox, Room
from tests.typed.conftest import Cluster

pytestmark = pytest.mark.django_db(transaction=True)


def letter(to: NotificationRule, key: str = "k") -> Letter:
    """A message."""
    return Letter(
        to, f"{key}:{to.pk}", "waiting", "payments/checkout waits", "Namespace: payments\n\nLook: …"
    )


def put(to: NotificationRule, *keys: str) -> None:
    """Put messages into the outbox."""
    outbox.put([letter(to, key) for key in keys or ("k",)], timezone.now())


def row() -> Notification:
    """The only message."""
    return Notification.objects.get()


def test_a_mail_arrives_with_title_and_lines(cluster: Cluster, mailbox: Mailbox) -> None:
    put(rule(mailbox.url))
    send()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "payments/checkout waits"
    assert mail["To"] == "oncall@example.org"
    assert "Namespace: payments" in mail.get_content()
    assert row().state == "sent"


def test_a_receiver_that_is_down_and_comes_back_gets_it_once(cluster: Cluster, room: Room) -> None:
    put(rule(room.url))
    room.close()
    asyncio.run(_one_round())
    assert (row().state, row().tries) == ("queued", 1)
    assert row().error
    room.open()
    send()
    send()
    assert len(room.taken) == 1
    assert (row().state, row().tries, row().error) == ("sent", 2, "")


def test_it_is_given_up_after_so_many_tries_and_can_be_tried_again(cluster: Cluster, room: Room) -> None:
    put(rule(room.url))
    room.status = 500
    send()
    assert room.asked == outbox.MOST_TRIES
    assert row().state == "failed"
    room.status = 200
    send()
    assert room.taken == []
    assert outbox.again(row().pk, timezone.now())
    send()
    assert len(room.taken) == 1


def test_an_error_never_shows_the_address(cluster: Cluster, room: Room) -> None:
    put(rule(room.url))
    room.status = 403
    asyncio.run(_one_round())
    assert "403" in row().error
    assert SECRET not in row().error


def test_pauses_grow_and_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", timedelta(hours=1))
    assert timedelta(seconds=8) <= outbox.pause(1) <= timedelta(seconds=10)
    assert timedelta(seconds=32) <= outbox.pause(2) <= timedelta(seconds=40)
    assert outbox.pause(9) <= timedelta(hours=1)


def test_one_that_hangs_is_put_off_and_holds_up_nobody(
    cluster: Cluster, room: Room, slow: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Shorter than apprise itself waits for an answer.
    monkeypatch.setattr(sending, "LONGEST", 3.0)
    hanging = rule(slow.url, name="slow")
    put(hanging, "one", "two")
    put(rule(room.url))
    asyncio.run(_one_round())
    assert len(room.taken) == 1
    # One at a time to each address: the second one was not begun.
    assert slow.asked == 1
    tried = Notification.objects.filter(rule=hanging, tries=1)
    assert [each.error for each in tried] == ["no answer within 3 seconds"]


def test_senders_at_once_send_each_message_once(cluster: Cluster, room: Room) -> None:
    to = rule(room.url)
    put(to, *map(str, range(12)))

    async def both() -> None:
        senders = [Sender(), Sender()]
        deadline = time.monotonic() + 60
        while await asyncio.to_thread(Notification.objects.filter(state="queued").exists):
            assert time.monotonic() < deadline
            await asyncio.gather(*(each.round() for each in senders))
            await asyncio.sleep(0.005)
        await asyncio.gather(*(each.close() for each in senders))

    asyncio.run(both())
    assert len(room.taken) == 12


def test_what_a_killed_process_had_claimed_is_sent_by_another(cluster: Cluster, room: Room) -> None:
    put(rule(room.url))
    now = timezone.now()
    assert len(outbox.claim("killed", now, 4, [])) == 1
    assert outbox.claim("other", now, 4, []) == []
    later = now + outbox.CLAIM + timedelta(seconds=1)
    (claimed,) = outbox.claim("other", later, 4, [])
    outbox.finish(claimed, "killed", "", later)
    assert row().state == "queued", "whoever lost the claim says nothing"
    outbox.finish(claimed, "other", "", later)
    assert row().state == "sent"


def test_the_end_waits_for_what_is_on_its_way(cluster: Cluster, room: Room) -> None:
    room.pause = 0.3
    put(rule(room.url))

    async def ending() -> None:
        sender = Sender()
        await sender.round()
        await sender.close()

    asyncio.run(ending())
    assert row().state == "sent"


def test_a_disabled_rule_sends_nothing_but_its_test(cluster: Cluster, room: Room) -> None:
    to = rule(room.url, enabled=False)
    put(to)
    outbox.put([Letter(to, "t", "test", "A test", "…")], timezone.now())
    send()
    assert room.titles == ["A test"]


def test_old_messages_are_forgotten_but_not_those_of_waits_that_last(cluster: Cluster, room: Room) -> None:
    to = rule(room.url)
    outbox.put([letter(to, "a"), Letter(to, "w", "waiting", "t", "b", awaiting=True)], timezone.now())
    send()
    outbox.purge(timezone.now() + timedelta(days=31))
    assert [each.key for each in Notification.objects.all()] == ["w"]


async def _one_round() -> None:
    mine = Sender()
    await mine.round()
    await asyncio.gather(*list(mine._busy.values()))
