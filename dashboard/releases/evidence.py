"""`/releases/<id>`: one release as a document that an auditor can keep: what, who, when, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard import stores
from dashboard.masking import mask_text
from dashboard.models import Release
from dashboard.releases import (
    event_rows,
    history,
    kept_checks,
    outcomes,
    picture,
    settling,
    spans,
    told,
    waiting,
)
from dashboard.releases.entries import entries_of
from dashboard.store import ImageChange
from gates.audit import CHANGED
from gates.models import AuditEntry
from gates.permissions import access_of, only_viewers
from gates.search import BIGGEST


@dataclass(frozen=True, slots=True)
class Clock:
    """One moment of the release; `since` how long after the one before, `missing` what to say without one."""

    label: str
    at: datetime | None
    since: str
    missing: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which no Aviary watched; `until` None while nobody has watched since."""

    since: datetime
    until: datetime | None


@only_viewers
@require_safe
def evidence(request: HttpRequest, number: int) -> HttpResponse:
    """404 in the same words for what is not there and for what the person may not see."""
    seen = access_of(request.user).visible(Release.objects.all())
    release = seen.filter(pk=number).first() if number <= BIGGEST else None
    if release is None:
        raise Http404
    now = timezone.now()
    waiting.fill([release], now)
    entries = entries_of(release)
    states = picture.states_of(release)
    running = release.outcome == Release.Outcome.RUNNING
    voices = told.voices(entries)
    events = event_rows.events_of(release)
    context = {
        "section": "releases",
        "release": release,
        "phase": outcomes.look(release.outcome),
        "why": mask_text(release.why),
        "message": mask_text(release.message),
        "images": [ImageChange(*change) for change in release.images if len(change) == 3],
        "diff": diff(release.changes),
        "picture": picture.paint(release, states, entries, now=now if running else None),
        "clocks": _clocks(release),
        "took": spans.words(((release.ended_at or now) - release.began_at).total_seconds()),
        "waited": spans.words(release.waited),
        "voices": [(voice, _between(voice)) for voice in voices],
        "ended_by": _deciding(release, entries),
        "history": history.of(release, states, entries, events),
        "events_kept": event_rows.all_kept(release),
        "checks": kept_checks.rows(release.checks, settling.told(release)),
        "waits": history.waits(release, now),
        "gaps": gaps(release),
        "last": entries[-1] if entries else None,
        "now": now,
        "cluster": _label(release.cluster),
    }
    return render(request, "releases/evidence.html", context)


def diff(changes: str) -> list[tuple[str, str]]:
    """Lines of a unified diff, each `added`, `removed`, `place` or "" (the same on both sides)."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    lines = [line for line in changes.splitlines() if not line.startswith(("---", "+++"))]
    return [(kinds.get(line[:1], ""), line) for line in lines]


def gaps(release: Release) -> list[Gap]:
    """Times that cannot be read are left out: the row says when it was watched, no more."""
    found = []
    for pair in release.gaps:
        try:
            since, until = pair
            found.append(Gap(datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None))
        except (TypeError, ValueError):
            continue
    return found


def _clocks(release: Release) -> list[Clock]:
    # What is still to come was not missed.
    running = release.outcome == Release.Outcome.RUNNING
    unseen = "–" if running else _("not seen")
    named = [
        (_("first seen"), release.began_at, unseen),
        (_("analysis started"), release.started_at, unseen),
        (_("promotion began"), release.promoting_at, unseen),
        (_("ended"), release.ended_at, _("still running") if running else unseen),
    ]
    clocks, before = [], None
    for label, at, missing in named:
        since = f"+{spans.words((at - before).total_seconds())}" if at and before else ""
        clocks.append(Clock(label, at, since, missing))
        before = at or before
    return clocks


def _between(voice: told.Voice) -> str:
    return "" if voice.between is None else f"+{spans.words(voice.between)}"


def _deciding(release: Release, entries: Sequence[AuditEntry]) -> AuditEntry | None:
    """The rollback request or rejection that ended it."""
    if release.decision is not None:
        known = next((entry for entry in entries if entry.seq == release.decision), None)
        return known or AuditEntry.objects.filter(subject=release.subject, seq=release.decision).first()
    if release.outcome != Release.Outcome.FAILED:
        return None
    asked = [one for one in entries if one.action == "answer.rollback" and one.outcome == CHANGED]
    return next((one for one in entries if asked and one.seq == asked[-1].decision), None)


def _label(cluster: str) -> str:
    store = stores.of(cluster)
    return (store.label if store else "") or cluster
