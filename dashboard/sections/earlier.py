"""The canary's last releases, how they ended, and how it usually goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard import images
from dashboard.models import Release
from dashboard.releases import outcomes, spans, stats, waiting
from dashboard.releases.outcomes import Look as Outcome
from dashboard.sections.look import Look
from dashboard.store import ImageChange
from gates.keys import subject

SHOWN, COUNTED = 5, 20


@dataclass(frozen=True, slots=True)
class Past:
    """One release that is over."""

    release: Release
    phase: Outcome
    image: images.Shown | None
    took: str


def context(look: Look) -> Mapping[str, object]:
    """`past` the newest; `stats` of the newest `COUNTED`."""
    canary = look.canary
    own = Release.objects.filter(subject=subject(look.store.cluster, canary.namespace, canary.name))
    over = list(own.filter(ended_at__isnull=False).defer("changes", "gaps", "steps")[:COUNTED])
    waiting.fill(over, look.now)
    runs = [stats.Run(one.outcome, one.began_at, one.ended_at, one.waited) for one in reversed(over)]
    found = stats.summary(runs)
    return {
        "past": [past(release) for release in over[:SHOWN]],
        "stats": found,
        "spans": found.words,
        "columns": stats.columns(runs),
        "told": stats.told(found),
    }


def past(release: Release) -> Past:
    """As a line shows it."""
    changes = [ImageChange(*change) for change in release.images if len(change) == 3]
    ended = release.ended_at or release.began_at
    took = spans.words((ended - release.began_at).total_seconds())
    return Past(release, outcomes.look(release.outcome), images.shown(changes), took)
