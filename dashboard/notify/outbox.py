"""The outbox: the only file that writes messages, and how far is told. Every function is one transaction.

A message is put in under a key: twice, or by several replicas, it is there once. It is sent by whoever
claims it: a row lock that others pass over on PostgreSQL, the one writer on SQLite; a claim ends by itself.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from dashboard.models import Notification, NotificationMark, NotificationRule
from dashboard.notify.texts import Text
from dashboard.notify.topics import Topic

QUEUED, SENT, FAILED = (state.value for state in Notification.State)
# Longer than a try may take.
CLAIM = timedelta(seconds=60)
MOST_TRIES = 9
LONGEST_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=30)
# Whoever reaches Flagger's addresses can cause messages: so many in an hour are enough for one rule.
MOST_AN_HOUR = 300
MARK = 1


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one rule, before it is put into the outbox; the fields are `Notification`'s."""

    rule: NotificationRule
    key: str
    topic: str
    title: str
    body: str
    cluster: str = ""
    namespace: str = ""
    name: str = ""
    thread: str = ""
    awaiting: bool = False


class About(Protocol):
    """What a message is about: an entry, a release, a canary."""

    @property
    def cluster(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...


def letter(
    rule: NotificationRule,
    key: str,
    topic: str,
    text: Text,
    about: About,
    *,
    thread: str = "",
    awaiting: bool = False,
) -> Letter:
    """A message with this text about that canary."""
    place = about.cluster, about.namespace, about.name
    return Letter(rule, key, topic, text.title, text.body, *place, thread, awaiting)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process sends now."""

    number: int
    rule: int
    url: str
    topic: str
    title: str
    body: str
    tries: int


def put(letters: Sequence[Letter], now: datetime) -> None:
    """Put these in; those that are there stay as they are."""
    if letters:
        with transaction.atomic():
            _insert(letters, now)


def put_and_mark(letters: Sequence[Letter], now: datetime, seq: int, upto: int) -> bool:
    """The same for entries after `seq`, up to `upto`; False when another replica told of them first."""
    with transaction.atomic():
        if not NotificationMark.objects.filter(pk=MARK, seq=seq).update(seq=upto):
            return False
        _insert(letters, now)
    return True


def put_and_end(letters: Sequence[Letter], now: datetime, ended: Collection[int]) -> None:
    """Tell that waits are over: these messages await nothing any more."""
    with transaction.atomic():
        Notification.objects.filter(pk__in=ended).update(awaiting=False)
        _insert(letters, now)


def mark() -> NotificationMark:
    """How far has been told; made on first use."""
    return NotificationMark.objects.get_or_create(pk=MARK)[0]


def room(rule: NotificationRule, topic: str, now: datetime) -> int:
    """How many more messages of a topic that anyone can cause the rule takes within this hour."""
    lately = Notification.objects.filter(rule=rule, topic=topic, at__gte=now - timedelta(hours=1))
    return max(MOST_AN_HOUR - lately.count(), 0)


def heard(event: int) -> None:
    """Flagger's events up to this number are told."""
    NotificationMark.objects.filter(pk=MARK, event__lt=event).update(event=event)


def claim(name: str, now: datetime, most: int, busy: Iterable[int]) -> list[Claimed]:
    """Take what is due, one message for each rule that is not `busy`, for `name` alone during CLAIM."""
    due = _due(now).exclude(rule_id__in=list(busy)).order_by("due_at", "pk")
    # Without the writer's lock that the transaction takes on SQLite: mostly nothing is due.
    if most < 1 or not due.exists():
        return []
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        rows: dict[int, Notification] = {}
        for each in due.select_related("rule")[: 4 * most]:
            rows.setdefault(each.rule_id, each)
        taken = list(rows.values())[:most]
        mine = Notification.objects.filter(pk__in=[each.pk for each in taken])
        mine.update(claim=name, claimed_until=now + CLAIM, tries=F("tries") + 1)
    return [
        Claimed(each.pk, each.rule_id, each.rule.url, each.topic, each.title, each.body, each.tries + 1)
        for each in taken
    ]


def finish(claimed: Claimed, name: str, error: str, now: datetime) -> None:
    """It was sent, or not: `error` says why; it is tried again later, or given up."""
    mine = Notification.objects.filter(pk=claimed.number, claim=name, state=QUEUED)
    if not error:
        mine.update(state=SENT, sent_at=now, error="", claim="", claimed_until=None)
    elif claimed.tries >= MOST_TRIES:
        mine.update(state=FAILED, error=error, claim="", claimed_until=None)
    else:
        later = now + pause(claimed.tries)
        mine.update(error=error, due_at=later, claim="", claimed_until=None)


def again(number: int, now: datetime) -> bool:
    """Try one that was given up, or that waits for its next try, from the start."""
    stuck = Notification.objects.filter(pk=number, state__in=(QUEUED, FAILED), claim="")
    return bool(stuck.update(state=QUEUED, due_at=now, tries=0))


def purge(now: datetime) -> None:
    """Forget old messages, but those of waits that last, which are not to be told twice."""
    old = Notification.objects.filter(at__lt=now - KEPT, awaiting=False).exclude(state=QUEUED)
    if old.exists():
        old.delete()


def pause(tries: int) -> timedelta:
    """How long until the next try: four times as long after each, and not the same for all."""
    whole = timedelta(seconds=settings.NOTIFY_RETRY_SECONDS * 4.0 ** (tries - 1))
    shorter = random.uniform(0.8, 1.0)  # noqa: S311
    return min(whole, LONGEST_PAUSE) * shorter


def _due(now: datetime) -> QuerySet[Notification]:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    # A test is for trying a rule before it is enabled.
    wanted = Q(rule__enabled=True) | Q(topic=Topic.TEST)
    return Notification.objects.filter(free, wanted, state=QUEUED, due_at__lte=now)


def _insert(letters: Sequence[Letter], now: datetime) -> None:
    rows = [
        Notification(
            rule=each.rule,
            key=each.key,
            topic=each.topic,
            thread=each.thread,
            awaiting=each.awaiting,
            cluster=each.cluster,
            namespace=each.namespace,
            name=each.name,
            title=each.title,
            body=each.body,
            at=now,
            due_at=now,
        )
        for each in letters
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
