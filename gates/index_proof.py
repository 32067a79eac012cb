"""The proof of the log's index: that every entry can be found by what stands in it.

The index is made from the entries, and no hash covers it: whoever writes to the database could hide an
entry from searches. Here each segment is made again and compared, a segment in memory at a time.
"""

from __future__ import annotations

import zlib
from array import array

from gates import bits, indexing
from gates.indexing import Found, Place
from gates.models import AuditPlace, AuditSegment, AuditTerm


def verify() -> str:
    """What is wrong with the first bad segment, a line for a person; "" when all is sound.

    Raises django.db.Error. Entries that were pruned are not looked for.
    """
    kept = AuditSegment.objects.order_by("number")
    numbers = list(kept.values_list("number", flat=True))
    places = {pk: Place(*rest) for pk, *rest in AuditPlace.objects.values_list("pk", *Place._fields)}
    for number, there in enumerate(numbers):
        if there != number:
            return f"entries {_range(number)} cannot be found: segment {number} is not in the index"
        if wrong := _segment(kept.get(number=number), indexing.gather(number), places):
            return f"entries {_range(number)} are not found as they are: {wrong}"
    return ""


def _segment(kept: AuditSegment, found: Found, places: dict[int, Place]) -> str:
    """What the index says otherwise than the entries."""
    there = bits.mask(found.places)
    terms = dict(AuditTerm.objects.filter(segment=kept.number).values_list("term", "bits"))
    held = {bytes(term): bytes(raw) for term, raw in terms.items()}
    for term, positions in found.terms.items():
        raw = held.pop(term, b"")
        if raw != bits.pack(positions) and _unpacked(raw) & there != bits.mask(positions):
            return f"the term {term.decode(errors='replace')!r} has other entries"
    for term, raw in held.items():
        if _unpacked(raw) & there:
            return f"no entry has the term {term.decode(errors='replace')!r}"
    if not _placed(bytes(kept.places), found, places):
        return "they are kept for other readers"
    if found.first_at and not _covered(kept, found):
        return "their times are others"
    return ""


def _placed(raw: bytes, found: Found, places: dict[int, Place]) -> bool:
    try:
        ids = array("I", zlib.decompress(raw))
    except (zlib.error, ValueError):
        return False
    last = max(found.places, default=-1)
    return last < len(ids) and all(places.get(ids[at]) == place for at, place in found.places.items())


def _covered(kept: AuditSegment, found: Found) -> bool:
    """Of a segment that was pruned in part the times of its former entries stay: no date leaves out more."""
    if kept.first_at is None or kept.last_at is None or found.first_at is None or found.last_at is None:
        return False
    return kept.first_at <= found.first_at and kept.last_at >= found.last_at


def _unpacked(raw: bytes) -> int:
    """0 for what is no set of positions at all."""
    try:
        return bits.unpack(raw)
    except (ValueError, IndexError):
        return 0


def _range(number: int) -> str:
    first = number * bits.SEGMENT + 1
    return f"{first} to {first + bits.SEGMENT - 1}"
