"""Which entries of the log are about a release."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from dashboard.models import Release
from gates.models import AuditEntry

# Flagger's times have whole seconds and another clock.
SLACK = timedelta(seconds=2)
# Gates and approvals lapse, with an entry, a little after the end.
LAPSING = timedelta(minutes=2)


def entries_of(release: Release) -> list[AuditEntry]:
    """Decisions, answers and comments about it, oldest first.

    What was said of the revision before Flagger began counts, unless it was said of an earlier release:
    of the same revision, or before an earlier one of another revision began. What names no revision counts
    while the release ran.
    """
    log = AuditEntry.objects.filter(subject=release.subject)
    end = release.ended_at + SLACK if release.ended_at else None
    until = Q(at__lte=end) if end else Q()
    while_running = Q(revision="", at__gte=release.began_at - SLACK) & until
    mine = while_running
    if release.revision:
        since = _since(release)
        of_it = Q(revision=release.revision) & until
        mine |= of_it & Q(at__gt=since) if since else of_it
    found = list(log.filter(mine).order_by("seq"))
    if end and found:
        numbers = [entry.seq for entry in found]
        after = log.filter(decision__in=numbers, at__gt=end, at__lte=end + LAPSING)
        found += after.order_by("seq")
    return found


def _since(release: Release) -> datetime | None:
    """From when what is said of the revision may be about this release; None: whenever."""
    earlier = Release.objects.filter(subject=release.subject, began_at__lt=release.began_at)
    same = earlier.filter(revision=release.revision, ended_at__isnull=False)
    other = earlier.exclude(revision=release.revision)
    ended = same.order_by("-ended_at").values_list("ended_at", flat=True).first()
    began = other.order_by("-began_at").values_list("began_at", flat=True).first()
    times = [ended + SLACK if ended else None, began]
    return max((time for time in times if time), default=None)
