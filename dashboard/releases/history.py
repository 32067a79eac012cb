"""What happened during one release, oldest first: its states, the log, what Flagger told, where it waited."""

from __future__ import annotations

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
from gates.confirm_rules import Hook
from gates.models import AuditEntry, Episode, FlaggerEvent

MOST_EVENTS = 300
# Said every interval by each rollback hook, and no news.
NO_ROLLBACK = "not signaling a rollback"
# Hooks and answers come in a little after the status that they belong to.
AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Happening:
    """`source` says who knows it; `entry` is the number in the log, if it has one."""

    at: datetime
    source: str
    text: str
    entry: int | None = None
    bad: bool = False


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
    happenings += [_told(event) for event in events]
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


def _told(event: FlaggerEvent) -> Happening:
    if event.hook == Hook.POST:
        return Happening(event.at, _("post-rollout hook"), phases.told_after(event.phase))
    return Happening(event.at, _("event hook"), mask_text(event.message), bad=event.warning)


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
        if state.failed != before.failed:
            failed = {"n": state.failed, "m": release.threshold}
            words.append(_("failed checks: %(n)d of %(m)d") % failed)
        bad = state.failed > before.failed or state.phase == "Failed"
        found.append(Happening(state.at, _("status"), " · ".join(words), bad=bad))
    return found


def events_of(release: Release) -> list[FlaggerEvent]:
    """What came over event hooks, the newest first; whoever reaches the address may have sent it."""
    events = FlaggerEvent.objects.filter(subject=release.subject, at__gte=release.began_at)
    if release.ended_at:
        events = events.filter(at__lte=release.ended_at + AFTER)
    return list(events.exclude(message__endswith=NO_ROLLBACK).order_by("-id")[:MOST_EVENTS])
