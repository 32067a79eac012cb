"""Which release an entry of the log is about."""

from __future__ import annotations

from django.urls import reverse

from dashboard.models import Release
from dashboard.releases.entries import SLACK, entries_of
from gates.models import AuditEntry


def address(entry: AuditEntry) -> str:
    """The address of its evidence; "" for none. Who may see the entry may see its canary, and so this."""
    found = _named(entry) or _by_time(entry)
    return reverse("release", args=[found.pk]) if found else ""


def _named(entry: AuditEntry) -> Release | None:
    if not entry.release.isdecimal() or len(entry.release) > 18:
        return None
    return Release.objects.filter(pk=int(entry.release), subject=entry.subject).first()


def _by_time(entry: AuditEntry) -> Release | None:
    """Of the one that began before and the one that began after it: that which shows the entry as its own."""
    if not entry.subject or not entry.cluster:
        return None
    own = Release.objects.filter(subject=entry.subject)
    near = (
        own.filter(began_at__lte=entry.at + SLACK).order_by("-began_at").first(),
        own.filter(began_at__gt=entry.at + SLACK).order_by("began_at").first(),
    )
    return next((each for each in near if each and entry in entries_of(each)), None)
