"""How long a release waited for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q, prefetch_related_objects

from dashboard.models import Release
from gates.models import Episode

# In these phases Flagger does nothing but ask, whatever address it asks.
ASKING = frozenset({"Waiting", "WaitingPromotion"})
Span = tuple[datetime, datetime]


def fill(releases: Iterable[Release], now: datetime) -> None:
    """Set `waited` of those that are not settled, a running one's until now. Two queries for all of them.

    What is settled keeps what was written down; without this the others would say that nobody waited.
    """
    fresh = [release for release in releases if not release.settled]
    if not fresh:
        return
    prefetch_related_objects(fresh, "states")
    earliest = min(release.began_at for release in fresh)
    there = Episode.objects.filter(subject__in={release.subject for release in fresh})
    episodes: dict[str, list[Episode]] = defaultdict(list)
    for episode in there.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=earliest)):
        episodes[episode.subject].append(episode)
    for release in fresh:
        found = spans(release, episodes[release.subject], now)
        release.waited = sum((end - begin).total_seconds() for begin, end in found)


def spans(release: Release, episodes: Sequence[Episode], now: datetime) -> list[Span]:
    """When it waited, apart and in order: the episodes of its hooks, and the phases in which Flagger asks.

    Each second counts once, however many hooks waited at a time.
    """
    states = list(release.states.all())
    last = states[-1].at if states else release.began_at
    end = release.ended_at or (now if release.outcome == Release.Outcome.RUNNING else last)
    own = {"", release.revision}
    found: list[Span] = [
        (each.began_at, each.ended_at or end)
        for each in episodes
        if not release.revision or each.revision in own
    ]
    for state, following in zip(states, [*states[1:], None], strict=False):
        if state.phase in ASKING:
            found.append((state.phase_at or state.at, following.at if following else end))
    return merged((max(begin, release.began_at), min(until, end)) for begin, until in found)


def merged(found: Iterable[Span]) -> list[Span]:
    """The same time without overlaps."""
    apart: list[Span] = []
    for begin, end in sorted(found):
        if end <= begin:
            continue
        if apart and begin <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], end)
        else:
            apart.append((begin, end))
    return apart
