"""What came over event hooks during one release; whoever reaches the address may have sent it."""

from __future__ import annotations

from datetime import timedelta

from dashboard.models import Release
from gates.events import NO_ROLLBACK, REPEATED, is_full
from gates.models import FlaggerEvent

# More than is kept of a canary, but for moments; of what is repeated as many again.
MOST = 600
# Hooks and answers come in a little after the status that they belong to.
AFTER = timedelta(seconds=30)


def events_of(release: Release) -> list[FlaggerEvent]:
    """The oldest first, without the no of rollback hooks. What repeats itself takes no room from the rest."""
    events = FlaggerEvent.objects.filter(subject=release.subject, at__gte=release.began_at)
    if release.ended_at:
        events = events.filter(at__lte=release.ended_at + AFTER)
    newest = events.order_by("-id")
    waiting = newest.filter(REPEATED).exclude(message__endswith=NO_ROLLBACK)
    return sorted([*newest.exclude(REPEATED)[:MOST], *waiting[:MOST]], key=lambda event: event.pk)


def all_kept(release: Release) -> bool:
    """Whether nothing telling of it has made room for newer rows: something older is still there.

    What repeats itself goes first, so it proves nothing.
    """
    older = FlaggerEvent.objects.filter(subject=release.subject, at__lt=release.began_at)
    return not is_full(release.subject) or older.exclude(REPEATED).exists()
