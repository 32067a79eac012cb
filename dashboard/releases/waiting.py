"""How long a release waited for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dashboard.models import Release
from gates.models import Episode

# In these phases Flagger does nothing but ask, whatever address it asks.
ASKING = frozenset({"Waiting", "WaitingPromotion"})
Span = tuple[datetime, datetime]


def waited(release: Release, now: datetime) -> float:
    """Seconds, each counted once, however many hooks waited at a time. For a running release until now."""
    return sum((end - begin).total_seconds() for begin, end in spans(release, now))


def spans(release: Release, now: datetime) -> list[Span]:
    """When it waited, apart and in order: the episodes of its hooks, and the phases in which Flagger asks."""
    states = list(release.states.all())
    last = states[-1].at if states else release.began_at
    end = release.ended_at or (now if release.outcome == Release.Outcome.RUNNING else last)
    episodes = Episode.objects.filter(subject=release.subject, began_at__lt=end)
    if release.revision:
        episodes = episodes.filter(revision__in=("", release.revision))
    found: list[Span] = [(each.began_at, each.ended_at or end) for each in episodes]
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
