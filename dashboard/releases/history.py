"""What happened during one release, oldest first: its states, the log, what Flagger told, where it waited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.masking import mask_text
from dashboard.models import Release
from dashboard.releases import picture, spans, told
from dashboard.releases.chart_states import State
from dashboard.releases.event_rows import AFTER
from dashboard.timeline.messages import Told, merged
from gates.confirm_rules import Hook
from gates.models import AuditEntry, Episode, FlaggerEvent

# Equal messages belong together when no more time is between them, or no more than so many intervals.
PAUSE, LONGEST_PAUSE = timedelta(minutes=3), timedelta(minutes=30)
INTERVALS = 3


@dataclass(frozen=True, slots=True)
class Happening:
    """`at` the latest of `count` times since `first`. `source` says who knows it; `entry` is the number in
    the log, if it has one."""

    at: datetime
    source: str
    text: str
    entry: int | None = None
    bad: bool = False
    count: int = 1
    first: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waited:
    """Flagger waited at a hook; `until` None while it does."""

    hook: str
    since: datetime
    until: datetime | None
    took: str


def of(
    release: Release,
    states: Sequence[State],
    entries: Sequence[AuditEntry],
    events: Sequence[FlaggerEvent],
) -> list[Happening]:
    """Everything that is known."""
    happenings = _states(release, states)
    happenings += _told(events)
    happenings += [Happening(entry.at, _("log"), told.text(entry), entry.seq) for entry in entries]
    return sorted(happenings, key=lambda one: one.at)


def waits(release: Release, now: datetime) -> list[Waited]:
    """Where Flagger was told no until a yes, or the end."""
    found = Episode.objects.filter(
        subject=release.subject,
        began_at__gte=release.began_at - AFTER,
        began_at__lte=release.ended_at or now,
    )
    return [_waited(episode, release.ended_at or now) for episode in found.order_by("began_at", "pk")[:100]]


def _told(events: Sequence[FlaggerEvent]) -> list[Happening]:
    """What event hooks told, each stretch of a message once, and each call of a post-rollout hook."""
    after, hook = _("post-rollout hook"), _("event hook")
    posts = [event for event in events if event.hook == Hook.POST]
    calls = [
        Told(event.at, mask_text(event.message), event.warning) for event in events if event.hook != Hook.POST
    ]
    messages = [
        Happening(each.last, hook, each.message, bad=each.warning, count=each.count, first=each.first)
        for each in merged((), calls, _pause(calls))
    ]
    return [Happening(event.at, after, phases.told_after(event.phase)) for event in posts] + messages


def _pause(calls: Sequence[Told]) -> timedelta:
    """The record does not have the interval of the analysis: a message that is repeated tells it."""
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for call in calls:
        times[call.message].append(call.at)
    gaps = [after - at for each in times.values() for at, after in pairwise(sorted(each)) if after > at]
    return min(max(PAUSE, INTERVALS * min(gaps, default=PAUSE)), LONGEST_PAUSE)


def _waited(episode: Episode, end: datetime) -> Waited:
    label = phases.WAITS.get(episode.hook, episode.hook)
    hook = f"{label} ({episode.gate})" if episode.gate else str(label)
    seconds = ((episode.ended_at or end) - episode.began_at).total_seconds()
    return Waited(hook, episode.began_at, episode.ended_at, spans.words(seconds))


def _states(release: Release, states: Sequence[State]) -> list[Happening]:
    counted = picture.iterates(release)
    nothing = State(release.began_at, 0, 0, "")
    found = []
    for before, state in pairwise([nothing, *states]):
        words = [str(phases.of(state.phase).label)] if state.phase != before.phase else []
        if counted and state.value != before.value:
            words.append(_("iteration %(n)d") % {"n": state.value})
        elif not counted and (state.value != before.value or not words):
            words.append(_("%(weight)d %% to the canary") % {"weight": state.value})
        # Flagger counts from 0 again when it ends: that says nothing about this release.
        if state.failed > before.failed:
            failed = {"n": state.failed, "m": release.threshold}
            words.append(_("failed checks: %(n)d of %(m)d") % failed)
        bad = state.failed > before.failed or state.phase == "Failed"
        if words:
            found.append(Happening(state.at, _("status"), " · ".join(words), bad=bad))
    return found
