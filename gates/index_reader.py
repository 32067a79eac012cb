"""Searching the log's index: terms are joined segment by segment, as bits, from either end."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Q
from django.db.models.functions import Coalesce

from gates import bits, terms
from gates.access_rights import Access
from gates.filters import Filters
from gates.models import AuditEntry, AuditPlace, AuditSegment, AuditTerm

# Segments read at once: a few first, since most searches end there.
FIRST, GROWTH, MOST = 4, 4, 256
# Above this many candidates in a segment it is cheaper to look at all its places than at each one's.
FEW = 200


@dataclass
class IndexReader:
    """One search by one reader."""

    access: Access
    filters: Filters
    needed: list[bytes] = field(init=False)
    _ends: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.needed = sorted(terms.of_filters(self.filters))

    @property
    def narrows(self) -> bool:
        """The index tells which entries to look at; otherwise it is all of them."""
        return self.filters.any or self.sight is not None

    def candidates(self, low: int, high: int, *, newest_first: bool) -> Iterator[int]:
        """Numbers of entries that may be what is looked for, `low` to `high`, in order."""
        if self._named is not None:
            yield from sorted((n for n in self._named if low <= n <= high), reverse=newest_first)
            return
        if self.sight is not None and b"1"[0] not in self.sight:
            return
        segments = self._in_time((low - 1) // bits.SEGMENT, (high - 1) // bits.SEGMENT)
        for numbers in _parts(segments, newest_first):
            found = self._joined(numbers)
            for number in found:
                first = number * bits.SEGMENT + 1
                found[number] &= bits.between(low - first, high - first)
                if number in self._ends and found[number]:
                    found[number] &= self._timely(number, found[number])
            places = self._places([number for number, some in found.items() if some])
            for number in sorted(found, reverse=newest_first):
                first = number * bits.SEGMENT + 1
                seen = self._seen(found[number], places.get(number))
                for position in bits.positions(seen, highest_first=newest_first):
                    yield first + position

    @cached_property
    def sight(self) -> bytes | None:
        """By place: 1 where the reader may see what is entered there; None: wherever it can be found."""
        possible = AuditPlace.objects.filter(self.filters.place())
        ids = set(possible.values_list("id", flat=True))
        seen = set(self.access.of_log(possible).values_list("id", flat=True))
        if ids == seen:
            return None
        last = AuditPlace.objects.order_by("-id").values_list("id", flat=True)[0]
        table = bytearray(b"0") * (last + 1)
        for place in seen:
            table[place] = ord("1")
        return bytes(table)

    @cached_property
    def _named(self) -> list[int] | None:
        """A decision and what follows from it: few, and the database has an index of them."""
        if self.filters.decision is None:
            return None
        # Nothing else is looked at here, so everything that is asked for is asked of the database.
        seen = self.access.entries().filter(self.filters.condition())
        return list(seen.order_by().values_list("seq", flat=True))

    def _in_time(self, first: int, last: int) -> list[int]:
        """The segments that the dates touch; `_ends` are those that lie in them in part only."""
        since, until = self.filters.since, self.filters.until
        kept = AuditSegment.objects.filter(number__gte=first, number__lte=last).order_by("number")
        if since:
            kept = kept.filter(last_at__gte=since)
        if until:
            kept = kept.filter(first_at__lt=until)
        found = list(kept.values_list("number", "first_at", "last_at"))
        self._ends = {
            number
            for number, begins, ends in found
            if (since and begins and begins < since) or (until and ends and ends >= until)
        }
        return [number for number, _begins, _ends in found]

    def _joined(self, numbers: list[int]) -> dict[int, int]:
        """By segment: the entries that have every term, and one of those of which one is needed."""
        found = dict.fromkeys(numbers, bits.ALL)
        missing = dict.fromkeys(numbers, len(self.needed))
        if self.needed:
            for number, some in _held(numbers, Q(term__in=self.needed)):
                found[number] &= some
                missing[number] -= 1
        found = {number: some for number, some in found.items() if some and not missing[number]}
        if self.filters.topic and found:
            found = _with_one(found, Q(term__in=terms.of_topic(self.filters.topic)))
        if self.filters.revision and found:
            term = terms.revision(self.filters.revision)
            found = _with_one(found, Q(term__gte=term, term__lt=terms.after(term)))
        return found

    def _timely(self, number: int, some: int) -> int:
        """Those of the segment's entries that lie in the dates."""
        first = number * bits.SEGMENT + 1
        rows = AuditEntry.objects.order_by()
        if some.bit_count() > FEW:
            rows = rows.filter(seq__gte=first, seq__lt=first + bits.SEGMENT)
        else:
            rows = rows.filter(seq__in=[first + at for at in bits.positions(some, highest_first=False)])
        # Not by the index of times, which may hold many more entries than the segment.
        rows = rows.alias(moment=Coalesce("at", "at"))
        if self.filters.since:
            rows = rows.filter(moment__gte=self.filters.since)
        if self.filters.until:
            rows = rows.filter(moment__lt=self.filters.until)
        return bits.mask(seq - first for seq in rows.values_list("seq", flat=True))

    def _places(self, numbers: list[int]) -> dict[int, array[int]]:
        if self.sight is None or not numbers:
            return {}
        kept = AuditSegment.objects.filter(number__in=numbers).values_list("number", "places")
        return {number: array("I", zlib.decompress(raw)) for number, raw in kept}

    def _seen(self, some: int, places: array[int] | None) -> int:
        """Without what the reader may not see."""
        if places is None or self.sight is None or not some:
            return some
        if some.bit_count() > FEW:
            # A text of zeros and ones, the highest position first, is a number's own writing.
            return some & int(bytes(map(self.sight.__getitem__, reversed(places))), 2)
        sight = self.sight
        return bits.mask(p for p in bits.positions(some, highest_first=True) if sight[places[p]] == ord("1"))


def _with_one(found: dict[int, int], of: Q) -> dict[int, int]:
    """Entries that have at least one of these terms."""
    either = dict.fromkeys(found, 0)
    for number, some in _held(list(found), of):
        either[number] |= some
    return {number: some & either[number] for number, some in found.items()}


def _held(numbers: list[int], of: Q) -> Iterator[tuple[int, int]]:
    """The segments with these terms, and which of their entries have them."""
    held = AuditTerm.objects.filter(of, segment__gte=min(numbers), segment__lte=max(numbers))
    wanted = set(numbers)
    for number, raw in held.values_list("segment", "bits"):
        if number in wanted:
            yield number, bits.unpack(bytes(raw))


def _parts(segments: list[int], newest_first: bool) -> Iterator[list[int]]:
    """From one end, a growing number at a time."""
    size = FIRST
    while segments:
        cut = len(segments) - size if newest_first else size
        left, right = segments[: max(cut, 0)], segments[max(cut, 0) :]
        part, segments = (right, left) if newest_first else (left, right)
        yield part
        size = min(size * GROWTH, MOST)
