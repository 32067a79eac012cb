"""What the log says about releases: who decided, what Flagger was told, as marks and as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.html import escape

from dashboard.models import Release
from dashboard.releases.chart_marks import Kind, Mark
from dashboard.releases.entries import SLACK
from gates import wording
from gates.audit import CHANGED
from gates.models import AuditEntry

# A yes may be given as soon as the revision is seen, before Flagger begins to ask for it.
AHEAD = timedelta(hours=1)
MOST_GIVEN = 1000
# Entries by which the order of numbers and that of times may differ.
CLOCKS = 1000
APPROVED = ("approval.granted", "gate.opened")
KINDS = {
    **dict.fromkeys(APPROVED, Kind.APPROVE),
    "approval.rejected": Kind.REFUSE,
    "gate.held": Kind.REFUSE,
    "gate.closed": Kind.REFUSE,
    "rollback.requested": Kind.ROLLBACK,
    "revision.unapproved": Kind.ROLLBACK,
    "answer.approved": Kind.ANSWER,
    "answer.rollback": Kind.ANSWER,
}
# What ends by itself with its release says nothing about it.
SILENT = frozenset({"gate.ended", "rollback.ended", "approval.lapsed"})


@dataclass(frozen=True, slots=True)
class Voice:
    """A decision that counted for a release, and when Flagger was first told: two clocks."""

    entry: AuditEntry
    kind: Kind
    sentence: str
    reason: str
    told: AuditEntry | None

    @property
    def between(self) -> float | None:
        """Seconds from the decision to the answer."""
        return (self.told.at - self.entry.at).total_seconds() if self.told else None


def belongs(entry: AuditEntry, release: Release) -> bool:
    """An approval is about this release: of its revision, and in its time or shortly before.

    For many releases at once; of one alone `entries.entries_of` knows more.
    """
    if release.ended_at and entry.at > release.ended_at + SLACK:
        return False
    if not (release.revision and entry.revision):
        return entry.at >= release.began_at - SLACK
    return entry.revision == release.revision and entry.at >= release.began_at - AHEAD


def marks(entries: Iterable[AuditEntry]) -> list[Mark]:
    """For a chart."""
    return [
        Mark(entry.at, kind_of(entry), text(entry))
        for entry in entries
        if entry.outcome == CHANGED and entry.action not in SILENT
    ]


def kind_of(entry: AuditEntry) -> Kind:
    """A hook that closes the gate behind a release, as wired, says no to nobody."""
    if entry.action == "gate.closed" and entry.actor_kind == "webhook":
        return Kind.OTHER
    return KINDS.get(entry.action, Kind.OTHER)


def text(entry: AuditEntry) -> str:
    """Its sentence and reason, as plain text."""
    sentence = unescape(wording.sentence(entry, escape(entry.name)))
    reason = wording.reason(entry)
    return f"{sentence}: “{reason}”" if reason else sentence


def voices(entries: Sequence[AuditEntry]) -> list[Voice]:
    """What people decided, each with the first answer that followed from it."""
    told = {entry.decision: entry for entry in reversed(entries) if entry.action.startswith("answer.")}
    return [
        Voice(
            entry,
            kind,
            unescape(wording.sentence(entry, escape(entry.name))),
            wording.reason(entry),
            told.get(entry.seq),
        )
        for entry in entries
        if entry.outcome == CHANGED and (kind := kind_of(entry)) is not Kind.OTHER
        if kind is not Kind.ANSWER
    ]


def approvers(releases: Sequence[Release]) -> dict[int, list[str]]:
    """Who approved each of these releases, by its number; few queries, through indexes."""
    if not releases:
        return {}
    found = AuditEntry.objects.filter(
        subject__in={release.subject for release in releases}, action__in=APPROVED, outcome=CHANGED
    )
    first = min(release.began_at for release in releases) - AHEAD
    ends = [release.ended_at for release in releases if release.ended_at]
    last = max(ends) + SLACK if len(ends) == len(releases) else None
    by_subject: dict[str, list[AuditEntry]] = {}
    narrowed = found.filter(_numbers(first, last)).order_by("seq")
    for entry in narrowed.only("seq", "at", "action", "actor", "subject", "revision"):
        by_subject.setdefault(entry.subject, []).append(entry)
    return {release.pk: _names(by_subject.get(release.subject, ()), release) for release in releases}


def approved_by(name: str) -> tuple[list[int], bool]:
    """The releases that this person approved, by number, and whether that is all of them: their newest
    `MOST_GIVEN` approvals are looked at."""
    given: list[Any] = []
    for action in APPROVED:
        own = AuditEntry.objects.filter(action=action, outcome=CHANGED, actor=name).order_by("-seq")
        given += own.only("at", "action", "revision", "subject").annotate(ran=_before, next=_after)[
            : MOST_GIVEN + 1
        ]
    newest = sorted(given, key=lambda entry: -entry.seq)[:MOST_GIVEN]
    pairs = [(entry, number) for entry in newest for number in (entry.ran, entry.next) if number]
    found = Release.objects.only("began_at", "ended_at", "revision").in_bulk(
        {number for _entry, number in pairs}
    )
    numbers = {number for entry, number in pairs if number in found and belongs(entry, found[number])}
    return sorted(numbers), len(given) <= MOST_GIVEN


# The release that an approval may be for: the one that ran, or that began next. One look into an index each.
_own = Release.objects.filter(subject=OuterRef("subject"))
_before = Subquery(_own.filter(began_at__lte=OuterRef("at")).order_by("-began_at").values("pk")[:1])
_after = Subquery(_own.filter(began_at__gt=OuterRef("at")).order_by("began_at").values("pk")[:1])


def _numbers(first: datetime, last: datetime | None) -> Q:
    """A span of time as numbers of the log, which are its order, but for clocks that disagree."""
    numbers = AuditEntry.objects.values_list("seq", flat=True)
    low = numbers.filter(at__gte=first).order_by("at").first()
    high = numbers.filter(at__gt=last).order_by("at").first() if last else None
    span = Q(seq__gte=(low or 0) - CLOCKS)
    return span & Q(seq__lte=high + CLOCKS) if high else span


def _names(entries: Iterable[AuditEntry], release: Release) -> list[str]:
    return list(dict.fromkeys(entry.actor for entry in entries if belongs(entry, release)))
