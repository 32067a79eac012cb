"""The timeline as the page shows it: in order, filtered, in groups by release."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice

from django.utils.translation import gettext as _

from dashboard.around.events import ClusterEvent
from dashboard.models import Release
from dashboard.timeline import sources
from dashboard.timeline.happening import Happening, Kind
from dashboard.timeline.sources import MOST, Place


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one release, newest first; None: from before the first that is known."""

    release: Release | None
    rows: tuple[Happening, ...]


def context(place: Place, events: Iterable[ClusterEvent], wanted: str) -> Mapping[str, object]:
    """What the template needs; `wanted` is one of the filter's values, anything else means everything."""
    releases = sources.releases(place)
    begun = sources.cuts(releases)
    reads: dict[Kind, Callable[[], Iterable[Happening]]] = {
        Kind.DECISION: lambda: sources.decisions(place),
        Kind.FLAGGER: lambda: sources.flagger(place, events, begun),
        Kind.CHANGE: lambda: sources.states(place),
    }
    kinds = [kind for kind in Kind if kind == wanted] or list(Kind)
    rows = list(islice(ordered([reads[kind]() for kind in kinds]), MOST + 1))
    return {
        "groups": grouped(rows[:MOST], releases),
        "more": len(rows) > MOST,
        "filters": _filters(wanted),
        "filtered": len(kinds) == 1,
    }


def ordered(newest_first: Iterable[Iterable[Happening]]) -> Iterable[Happening]:
    """All of them, the newest first."""
    return merge(*newest_first, key=lambda each: each.at, reverse=True)


def grouped(rows: Sequence[Happening], releases: Sequence[Release]) -> list[Group]:
    """In the order of the rows; `releases` from the oldest on."""
    begun = sources.cuts(releases)
    parts = groupby(rows, key=lambda row: bisect_right(begun, row.at))
    return [Group(releases[place - 1] if place else None, tuple(part)) for place, part in parts]


def _filters(wanted: str) -> list[tuple[str, str, bool]]:
    """Value, label, and whether it is the one that is shown."""
    labels = {Kind.DECISION: _("decisions"), Kind.FLAGGER: _("Flagger"), Kind.CHANGE: _("changes")}
    chosen = wanted if wanted in set(Kind) else ""
    return [
        ("", _("everything"), not chosen),
        *((str(kind), label, kind == chosen) for kind, label in labels.items()),
    ]
