"""Whether a cluster is out of reach: of all replicas, not of one.

The only file that writes what is known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation

from dashboard.models import NotificationReach, NotificationRule
from dashboard.notify import outbox, texts
from dashboard.notify.about import concerned
from dashboard.notify.outbox import Letter
from dashboard.notify.texts import Text
from dashboard.notify.topics import Topic
from dashboard.store import Freshness, Reach
from gates.keys import digest

# How often a replica says that it sees the cluster.
BEAT = timedelta(seconds=5)


def look(rules: Sequence[NotificationRule], cluster: str, freshness: Freshness, now: datetime) -> None:
    """Compare what this replica sees with what all know, and tell what has changed."""
    known, _new = NotificationReach.objects.get_or_create(
        cluster=cluster, defaults={"since": freshness.since, "live_at": freshness.since}
    )
    if freshness.reach is Reach.LIVE:
        _live(rules, known, now)
    elif freshness.reach is Reach.STALE or freshness.trouble:
        _away(rules, known, freshness, now)


def _live(rules: Sequence[NotificationRule], known: NotificationReach, now: datetime) -> None:
    if not known.away:
        if now - known.live_at >= BEAT:
            NotificationReach.objects.filter(pk=known.pk).update(live_at=now)
        return
    with transaction.atomic():
        back = NotificationReach.objects.filter(pk=known.pk, away=True, since=known.since)
        if back.update(away=False, since=now, live_at=now):
            key = f"back:{_short(known)}:{known.since.isoformat()}"
            letters = [
                _letter(rule, known.cluster, key, texts.cluster_back, known.since, now)
                for rule in concerned(rules, Topic.CLUSTER, known.cluster, None)
            ]
            outbox.put(letters, now)


def _away(
    rules: Sequence[NotificationRule], known: NotificationReach, freshness: Freshness, now: datetime
) -> None:
    """It is away when neither this replica nor another one has seen it for the time of the settings."""
    since = max(known.live_at, freshness.since)
    if known.away or now - since < timedelta(seconds=settings.NOTIFY_CLUSTER_SECONDS):
        return
    with transaction.atomic():
        gone = NotificationReach.objects.filter(pk=known.pk, away=False, live_at=known.live_at)
        if gone.update(away=True, since=since):
            key = f"away:{_short(known)}:{since.isoformat()}"
            letters = [
                _letter(rule, known.cluster, key, texts.cluster_away, since, freshness.detail)
                for rule in concerned(rules, Topic.CLUSTER, known.cluster, None)
            ]
            outbox.put(letters, now)


def _short(known: NotificationReach) -> str:
    """The cluster, whose name may be longer than a key."""
    return digest("cluster", known.cluster)[:32]


def _letter(rule: NotificationRule, cluster: str, key: str, say: object, *words: object) -> Letter:
    with translation.override(rule.language):
        text: Text = say(cluster, *words)  # type: ignore[operator]
    return Letter(rule, f"{key}:{rule.pk}", Topic.CLUSTER, text.title, text.body, cluster=cluster)
