"""All that is told of one canary: its Events, the event hook, recorded states, the log. Four queries.

What is not shown is not put into words either: the functions are generators, read as far as needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge

from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.around.events import ClusterEvent
from dashboard.masking import mask_text
from dashboard.models import Release, ReleaseState
from dashboard.timeline import changes
from dashboard.timeline.changes import State
from dashboard.timeline.happening import Happening, Kind
from dashboard.timeline.messages import EVENT, HOOK, Counted, Message, Told, merged
from gates import wording
from gates.confirm_rules import Hook
from gates.keys import subject
from gates.models import AuditEntry, FlaggerEvent

# Rows on a page, in all.
MOST = 200
RELEASES = 20
# All that is kept of a canary, and a little more: it is trimmed now and then.
CALLS = 600
# What begins a release is told before it is seen to have begun.
AHEAD = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Place:
    """Which canary; `pause` is how long a message may stay away and still belong to the ones before."""

    cluster: str
    namespace: str
    name: str
    pause: timedelta = timedelta(minutes=3)

    @property
    def subject(self) -> str:
        """Its digest in the tables."""
        return subject(self.cluster, self.namespace, self.name)


def releases(place: Place) -> list[Release]:
    """The newest, oldest first."""
    found = Release.objects.filter(subject=place.subject).defer("changes", "steps", "gaps")
    return list(found.order_by("-began_at", "-id")[:RELEASES])[::-1]


def cuts(found: Sequence[Release]) -> list[datetime]:
    """From which moment on things belong to each release."""
    return [each.began_at - AHEAD for each in found]


def decisions(place: Place) -> Iterator[Happening]:
    """What people, scripts and Aviary itself did, and what Flagger was told, newest first."""
    link = reverse("audit-entry", args=[0]).removesuffix("0")
    name, source = escape(place.name), _("log")
    for entry in AuditEntry.objects.filter(subject=place.subject)[: MOST + 1]:
        yield Happening(
            at=entry.at,
            kind=Kind.DECISION,
            text=wording.sentence(entry, name),
            source=source,
            quote=wording.reason(entry),
            link=f"{link}{entry.seq}",
            machine=entry.actor_kind != "person",
        )


def states(place: Place) -> list[Happening]:
    """What the watch saw change, newest first."""
    found = ReleaseState.objects.filter(release__subject=place.subject).order_by("-at", "-version")
    fields = "release_id", "at", "phase", "weight", "failed_checks", "iteration", "mirrored"
    rows = [State(*row) for row in found.values_list(*fields)[: MOST + 2]]
    happenings = list(changes.happenings(rows[::-1]))[::-1]
    # Of the oldest it is not known what it changed.
    return happenings[:-1] if len(rows) > MOST + 1 else happenings


def flagger(place: Place, events: Iterable[ClusterEvent], begun: Sequence[datetime]) -> Iterator[Happening]:
    """What Flagger said, each message once, newest first."""
    found = FlaggerEvent.objects.filter(subject=place.subject)
    rows = list(found.values_list("hook", "at", "phase", "warning", "message")[:CALLS])
    told = [
        Told(at, mask_text(message), warning)
        for hook, at, _phase, warning, message in rows
        if hook == Hook.EVENT and message
    ]
    said = _said(merged(counted(events), told, place.pause, begun))
    ended = [_ended(at, phase) for hook, at, phase, _warning, _message in rows if hook == Hook.POST]
    ended.sort(key=lambda each: each.at, reverse=True)
    return merge(said, ended, key=lambda each: each.at, reverse=True)


def counted(events: Iterable[ClusterEvent]) -> Iterator[Counted]:
    """The Events that have a time, as exact as their names have it."""
    for event in events:
        first, last = event.first or event.last, event.last or event.first
        if first is not None and last is not None:
            exact = _exact(event.name, first)
            last = last if last > first else exact
            yield Counted(event.message, event.warning, event.count, min(exact, last), last)


def _exact(name: str, first: datetime) -> datetime:
    """Flagger's client puts its clock in nanoseconds behind the name, in hex; the fields have seconds."""
    try:
        at = datetime.fromtimestamp(int(name.rpartition(".")[2], 16) / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        return first
    return at if abs(at - first) < timedelta(seconds=2) else first


def _said(messages: Iterable[Message]) -> Iterator[Happening]:
    event, hook = _("event"), _("event hook")
    sources = {
        frozenset({EVENT}): event,
        frozenset({HOOK}): hook,
        frozenset({EVENT, HOOK}): f"{event} + {hook}",
    }
    for message in messages:
        yield Happening(
            at=message.last,
            kind=Kind.FLAGGER,
            text=message.message,
            source=sources[message.sources],
            warning=message.warning,
            count=message.count,
            first=message.first if message.count > 1 else None,
        )


def _ended(at: datetime, phase: str) -> Happening:
    return Happening(at, Kind.FLAGGER, phases.told_after(phase), _("post-rollout hook"))
