"""Flagger's own event messages, passed on to the rules that ask for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.utils import timezone, translation

from dashboard.masking import mask_text
from dashboard.models import Notification, NotificationRule
from dashboard.notify import outbox, texts
from dashboard.notify.about import concerned, known
from dashboard.notify.outbox import Letter, letter
from dashboard.notify.topics import Topic
from gates import facts
from gates.confirm_rules import Hook
from gates.facts import Facts
from gates.keys import digest
from gates.models import FlaggerEvent

# Rows get their numbers before they are committed, so some come into sight behind later ones.
LATE = timedelta(seconds=20)
# Events that are held at once: a look reads as many such pages as there are.
MOST = 500


class Passing:
    """One process's way through the events."""

    def __init__(self) -> None:
        # When which number was the last one: the mark follows LATE behind.
        self._reached: deque[tuple[datetime, int]] = deque()

    def tell(self, rules: Sequence[NotificationRule], now: datetime) -> None:
        """Put in what is new; what was seen already is there."""
        after = outbox.mark().event
        if after < 0:
            after = _last()
            outbox.heard(after)
        reached = after
        for events in _pages(after):
            outbox.put(_letters(rules, events, now), now)
            reached = events[-1].pk
        if reached > after:
            # When they had been read, which for many pages is well after `now`.
            self._reached.append((timezone.now(), reached))
        while self._reached and self._reached[0][0] < now - LATE:
            outbox.heard(self._reached.popleft()[1])


def _pages(after: int) -> Iterator[list[FlaggerEvent]]:
    """All events behind that number, in order."""
    while events := list(FlaggerEvent.objects.filter(pk__gt=after).order_by("pk")[:MOST]):
        yield events
        if len(events) < MOST:
            return
        after = events[-1].pk


def _letters(
    rules: Sequence[NotificationRule], events: Sequence[FlaggerEvent], now: datetime
) -> list[Letter]:
    told = [event for event in events if event.hook == Hook.EVENT and event.message and _exists(event)]
    pairs = [(rule, event) for event in told for rule in _concerned(rules, event)]
    keyed = {_key(rule, event): (rule, event) for rule, event in reversed(pairs)}
    there = set(Notification.objects.filter(key__in=keyed).values_list("key", flat=True)) if keyed else set()
    fresh = [pair for key, pair in reversed(keyed.items()) if key not in there]
    left = {rule.pk: outbox.room(rule, Topic.FLAGGER, now) for rule in {rule for rule, _event in fresh}}
    found = []
    for rule, event in fresh:
        left[rule.pk] -= 1
        if left[rule.pk] >= 0:
            found.append(_letter(rule, event))
    return found


def _concerned(rules: Sequence[NotificationRule], event: FlaggerEvent) -> list[NotificationRule]:
    named = concerned(rules, Topic.FLAGGER, event.cluster, event.namespace)
    return [rule for rule in named if event.at >= rule.since]


def _letter(rule: NotificationRule, event: FlaggerEvent) -> Letter:
    about = known(event.cluster, event.namespace, event.name)
    with translation.override(rule.language):
        text = texts.passed_on(about, mask_text(event.message), event.warning)
    return letter(rule, _key(rule, event), Topic.FLAGGER, text, event)


def _key(rule: NotificationRule, event: FlaggerEvent) -> str:
    """Flagger says some things in each interval: the same words about the same revision once in an hour."""
    hour = f"{event.at.astimezone(UTC):%Y-%m-%d %H}"
    return f"event:{digest(event.subject, event.checksum, event.message, hour)}:{rule.pk}"


def _exists(event: FlaggerEvent) -> bool:
    """Names that the cluster does not have are anyone's."""
    return isinstance(facts.current(event.cluster, event.namespace, event.name), Facts)


def _last() -> int:
    return FlaggerEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
