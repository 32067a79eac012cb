"""How much of the traffic the canary gets now, and got over time in its running or last release."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.models import Release
from dashboard.releases import chart, picture
from dashboard.sections.look import Look
from gates.keys import subject

# Of the table behind the chart; the evidence page has all.
LINES = 30


def context(look: Look) -> Mapping[str, object]:
    """The primary's share; `release` and its `picture`, None where none was seen."""
    canary = look.canary
    own = Release.objects.filter(subject=subject(look.store.cluster, canary.namespace, canary.name))
    release = own.defer("changes", "images").order_by("-began_at", "-id").first()
    return {
        "primary": 100 - look.view.weight.value,
        "release": release,
        "picture": release and _picture(look, release),
    }


def _picture(look: Look, release: Release) -> picture.Picture | None:
    running = release.outcome == Release.Outcome.RUNNING
    now = chart.settled(release.began_at, look.now, look.canary.interval) if running else None
    return picture.of(release, top=look.canary.iterations, now=now, lines=LINES)
