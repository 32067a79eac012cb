"""What happened, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from dashboard.sections.look import Look
from dashboard.timeline import page
from dashboard.timeline.sources import Place

SHORTEST_PAUSE = timedelta(minutes=1)
# What comes in every interval may be left out now and then.
INTERVALS = 3


def context(look: Look) -> Mapping[str, object]:
    """What Kubernetes, Flagger, the watch and people told."""
    canary = look.canary
    pause = max(SHORTEST_PAUSE, timedelta(seconds=INTERVALS * canary.interval))
    place = Place(look.store.cluster, canary.namespace, canary.name, pause)
    return page.context(place, look.around.events, dict(look.show).get("timeline", ""))


def kept(cluster: str, namespace: str, name: str, show: Mapping[str, str]) -> Mapping[str, object]:
    """What is kept of a canary that is not there, or no longer."""
    return page.context(Place(cluster, namespace, name), (), show.get("timeline", ""))
