"""How far a failed release came, as it was recorded: Flagger's status goes back to 0."""

from __future__ import annotations

from django.db.models import Max

from dashboard.ladder_failed import Fallen
from dashboard.models import Release
from dashboard.rungs import PLACES

# Those that may be behind it when the status says Failed, but for the start.
UNDER_WAY = [phase for phase in PLACES if phase not in ("Waiting", "Succeeded")]
# The record may be a moment behind the status.
FAILED = (Release.Outcome.FAILED, Release.Outcome.RUNNING)


def of(subject: str) -> Fallen | None:
    """Of the newest release of this canary; None where it was not seen before it failed."""
    release = Release.objects.filter(subject=subject).only("outcome", "reached").order_by("-began_at", "-id")
    newest = release.first()
    if newest is None or newest.outcome not in FAILED:
        return None
    seen = newest.states.filter(phase__in=UNDER_WAY)
    phase = seen.order_by("-version").values_list("phase", flat=True).first()
    if phase is None:
        return None
    most = seen.aggregate(Max("weight"), Max("iteration"), Max("mirrored"))
    weight = max(newest.reached, most["weight__max"])
    return Fallen(phase, weight, most["iteration__max"], most["mirrored__max"] > 0)
