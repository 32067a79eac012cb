"""When people are reminded that somebody still waits, and how long before a deadline they are told. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from gates import duration

SHORTEST, LONGEST, MOST = timedelta(seconds=1), timedelta(days=31), 10
USUAL = "1h, 4h, 24h"
# Told so long before a deadline; in a short wait at its half.
AHEAD = timedelta(minutes=30)


class NotReadable(ValueError):
    """The schedule cannot be read; the message says why, for a person."""


def parse(text: str) -> list[timedelta]:
    """`1h, 30m` → after which times of waiting, the shortest first; raises NotReadable."""
    return list(_read(text))


def tidy(text: str) -> str:
    """The schedule as it is kept, in order; raises NotReadable."""
    return ", ".join(_read(text).values())


def due(schedule: str, began: datetime, now: datetime) -> int:
    """The number of the last reminder that is due, from 1; 0 when none is."""
    return sum(1 for after in parse(schedule) if began + after <= now)


def near(began: datetime, deadline: datetime, now: datetime) -> bool:
    """The deadline lies ahead, and so close that people are told."""
    return deadline - min(AHEAD, (deadline - began) / 2) <= now < deadline


def _read(text: str) -> dict[timedelta, str]:
    """Each time with its words, the shortest first."""
    found: dict[timedelta, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        try:
            after = timedelta(seconds=duration.seconds(part))
        except (ValueError, OverflowError) as error:
            message = _("Reminders: “%(text)s” is no time such as 30m or 4h.") % {"text": part[:20]}
            raise NotReadable(message) from error
        if not SHORTEST <= after <= LONGEST:
            raise NotReadable(_("Reminders: each must lie between 1s and 744h after the beginning."))
        found[after] = part
    if len(found) > MOST:
        raise NotReadable(_("Reminders: at most ten."))
    return dict(sorted(found.items()))
