"""How releases ended, read from their record once all that people and event hooks said is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import translation

from dashboard.models import Notification, NotificationRule, Release
from dashboard.notify import texts
from dashboard.notify.about import concerned, of_release
from dashboard.notify.outbox import Letter, letter
from dashboard.notify.topics import Topic
from gates.keys import digest
from gates.models import AuditEntry

# What ended longer ago is no news, whoever slept.
NEWS = timedelta(hours=24)
OUTCOMES = (Release.Outcome.SUCCEEDED.value, Release.Outcome.FAILED.value)


def letters(rules: Sequence[NotificationRule], now: datetime, seen: set[int]) -> list[Letter]:
    """What is to be told; `seen` are the releases that this process has looked at, and it adds to them."""
    since = max(min(rule.since for rule in rules), now - NEWS)
    ended = Release.objects.filter(settled=True, ended_at__gte=since, outcome__in=OUTCOMES)
    numbers = set(ended.values_list("pk", flat=True))
    fresh = numbers - seen
    seen.intersection_update(numbers)
    seen.update(fresh)
    if not fresh:
        return []
    found = [each for release in ended.filter(pk__in=fresh) for each in _letters(rules, release)]
    keys = [each.key for each in found]
    there = set(Notification.objects.filter(key__in=keys).values_list("key", flat=True))
    return [each for each in found if each.key not in there]


def _letters(rules: Sequence[NotificationRule], release: Release) -> list[Letter]:
    entry = AuditEntry.objects.filter(seq=release.decision).first() if release.decision else None
    topic = _topic(release, entry)
    about, found = of_release(release), []
    for rule in concerned(rules, topic, release.cluster, release.namespace):
        if release.ended_at is None or release.ended_at < rule.since:
            continue
        with translation.override(rule.language):
            text = texts.ended(topic, about, release.why, entry)
        found.append(letter(rule, f"release:{_identity(release)}:{rule.pk}", topic, text, release))
    return found


def _topic(release: Release, entry: AuditEntry | None) -> Topic:
    if release.outcome == Release.Outcome.SUCCEEDED:
        return Topic.SUCCEEDED
    return Topic.ROLLED_BACK if entry is not None else Topic.FAILED


def _identity(release: Release) -> str:
    """The release itself: its row may be another one when it was put together anew."""
    run = release.run_at or release.ended_at
    return digest(release.subject, str(run), release.checksum, release.outcome)
