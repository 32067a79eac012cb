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
from itertools import islice
from typing import Any

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
    found: dict[bytes, list[int]] = defaultdict(list)
    places = array("I", bytes(4 * bits.SEGMENT))
    times = []
    first = number * bits.SEGMENT + 1
    for low in range(first, first + bits.SEGMENT, SLICE):
        rows = _rows(low, low + SLICE)
        ids = _places(rows)
        for row in rows:
            position = row["seq"] - first
            for term in terms.of_entry(row):
                found[term].append(position)
            places[position] = ids[_place(row)]
            times.append(row["at"])
        time.sleep(breath)
    _write(AuditTerm(term=term, segment=number, bits=bits.pack(at)) for term, at in sorted(found.items()))
    # Last: from here on the segment is searched through the index.
    AuditSegment.objects.update_or_create(
        number=number,
        defaults={
            "first_at": min(times, default=None),
            "last_at": max(times, default=None),
            "places": zlib.compress(places.tobytes(), 1),
        },
    )


def _rows(low: int, high: int) -> Sequence[Row]:
    return list(AuditEntry.objects.filter(seq__gte=low, seq__lt=high).order_by("seq").values(*COLUMNS))


def _write(made: Iterable[AuditTerm]) -> None:
    made = iter(made)
    while part := list(islice(made, ROWS)):
        with transaction.atomic():
            AuditTerm.objects.bulk_create(
                part, update_conflicts=True, unique_fields=["term", "segment"], update_fields=["bits"]
            )


def _place(row: Row) -> str:
    return digest(row["cluster"], row["namespace"], row["action"])


def _places(rows: Sequence[Row]) -> dict[str, int]:
    """The ids of the rows' places by their digests; new ones are kept."""
    wanted = {_place(row): row for row in rows}
    found = dict(AuditPlace.objects.filter(key__in=wanted).values_list("key", "id"))
    if missing := wanted.keys() - found.keys():
        AuditPlace.objects.bulk_create(
            [
                AuditPlace(
                    key=key, **{name: wanted[key][name] for name in ("cluster", "namespace", "action")}
                )
                for key in sorted(missing)
            ],
            ignore_conflicts=True,
        )
        found = dict(AuditPlace.objects.filter(key__in=wanted).values_list("key", "id"))
    return found
