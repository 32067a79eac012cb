"""Puts the log into its index, a segment at a time, beside the work: no decision waits for it.

What is not in the index yet is read entry by entry, so a search is always whole; only slower when the
index is far behind. Two processes that index the same segment write the same.
"""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import Error, transaction

from gates import audit, bits, metrics, terms
from gates.filters import WHOLE
from gates.keys import digest
from gates.models import AuditEntry, AuditPlace, AuditSegment, AuditTerm
from gates.thread_connection import beside

log = logging.getLogger(__name__)
PAUSE = 2.0
# Entries looked at in one go, and a breath after it: requests in the same process come first.
SLICE, BREATH = 128, 0.004
# Rows in one transaction: SQLite's other writers wait for it.
ROWS = 500
COLUMNS = (
    "seq", "at", *WHOLE, "subject", "name", "revision", "images", "images_from", "reason",
)  # fmt: skip
Row = dict[str, Any]


class Place(NamedTuple):
    """What decides who may see an entry."""

    cluster: str
    namespace: str
    action: str


@dataclass(slots=True)
class Found:
    """What a segment's entries can be found by: by term their positions in order, by position their place."""

    terms: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    places: dict[int, Place] = field(default_factory=dict)
    first_at: datetime | None = None
    last_at: datetime | None = None


async def run() -> None:
    """Index for ever; a database that does not answer is tried again."""
    while True:
        try:
            while await beside(step):
                pass
        except Error as error:
            metrics.database_error(metrics.BACKGROUND)
            log.warning("the index of the log is put off: %s", error)
        await asyncio.sleep(PAUSE)


def catch_up() -> int:
    """Index every whole segment that is not yet; returns how many entries are in the index."""
    while step(breath=0):
        pass
    return sealed() * bits.SEGMENT


def sealed() -> int:
    """How many segments are in the index: the first ones, without a gap."""
    last = AuditSegment.objects.order_by("-number").values_list("number", flat=True).first()
    return 0 if last is None else last + 1


def step(breath: float = BREATH) -> bool:
    """Index the next segment; False when there is no whole one."""
    number = sealed()
    newest = audit.newest()
    if newest < (number + 1) * bits.SEGMENT:
        return False
    seal(number, breath)
    return True


def seal(number: int, breath: float = 0) -> None:
    """Index one segment, also one that is in the index."""
    found = gather(number, breath)
    ids = _ids(set(found.places.values()))
    places = array("I", bytes(4 * bits.SEGMENT))
    for position, place in found.places.items():
        places[position] = ids[place]
    _write(
        AuditTerm(term=term, segment=number, bits=bits.pack(at)) for term, at in sorted(found.terms.items())
    )
    # Last: from here on the segment is searched through the index.
    AuditSegment.objects.update_or_create(
        number=number,
        defaults={
            "first_at": found.first_at,
            "last_at": found.last_at,
            "places": zlib.compress(places.tobytes(), 1),
        },
    )


def gather(number: int, breath: float = 0) -> Found:
    """What the segment's entries can be found by, from the entries themselves."""
    found = Found()
    first = number * bits.SEGMENT + 1
    for low in range(first, first + bits.SEGMENT, SLICE):
        for row in _rows(low, low + SLICE):
            position = row["seq"] - first
            for term in terms.of_entry(row):
                found.terms[term].append(position)
            found.places[position] = Place(row["cluster"], row["namespace"], row["action"])
            at = row["at"]
            found.first_at = at if found.first_at is None else min(found.first_at, at)
            found.last_at = at if found.last_at is None else max(found.last_at, at)
        time.sleep(breath)
    return found


def _rows(low: int, high: int) -> Sequence[Row]:
    return list(AuditEntry.objects.filter(seq__gte=low, seq__lt=high).order_by("seq").values(*COLUMNS))


def _write(made: Iterable[AuditTerm]) -> None:
    made = iter(made)
    while part := list(islice(made, ROWS)):
        with transaction.atomic():
            AuditTerm.objects.bulk_create(
                part, update_conflicts=True, unique_fields=["term", "segment"], update_fields=["bits"]
            )


def _ids(places: set[Place]) -> dict[Place, int]:
    """The ids of these places; new ones are kept."""
    wanted = {digest(*place): place for place in places}
    found = _kept(wanted)
    if missing := wanted.keys() - found.keys():
        made = [AuditPlace(key=key, **wanted[key]._asdict()) for key in sorted(missing)]
        AuditPlace.objects.bulk_create(made, ignore_conflicts=True)
        found = _kept(wanted)
    return {place: found[key] for key, place in wanted.items()}


def _kept(keys: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    keys = iter(keys)
    while part := list(islice(keys, ROWS)):
        found.update(AuditPlace.objects.filter(key__in=part).values_list("key", "id"))
    return found
