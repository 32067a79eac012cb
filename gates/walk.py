"""Walking through the entries that match, from either end, in short queries.

Whole segments are searched through the index, what is newer entry by entry. What the index gives is
checked again on the entries themselves, so it may give too much, and never lets a reader see more.
Exports do without the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Q

from gates import audit
from gates.access_rights import Access
from gates.bits import SEGMENT
from gates.filters import Filters
from gates.index_reader import IndexReader
from gates.indexing import sealed
from gates.models import AuditEntry

# Entries looked through at once where only some of their columns are needed.
MOST = 4000


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers, both ends included, and from which end."""

    low: int
    high: int
    newest_first: bool

    def within(self, low: int, high: int) -> Range:
        """What lies in both."""
        return Range(max(self.low, low), min(self.high, high), self.newest_first)


def entries(
    access: Access, filters: Filters, low: int, high: int, *, newest_first: bool, size: int
) -> Iterator[AuditEntry]:
    """Those numbered `low` to `high` that may be seen and match; `size`: how many are wanted at once."""
    for part in _found(access, filters, Range(low, high, newest_first), size):
        if part:
            seen = {entry.seq: entry for entry in access.entries().filter(_these(part))}
            yield from (seen[seq] for seq in part if seq in seen and filters.matches(seen[seq]))


def rows(
    access: Access, filters: Filters, low: int, high: int, columns: Sequence[str], size: int
) -> Iterator[list[dict[str, Any]]]:
    """The same oldest first, as pages of their columns: no objects are made of a million entries.

    They are looked for among the entries themselves: what is given away as evidence must not hang on the
    index, which is made from them and proven apart from them.
    """
    for part in _each(access, filters, low, high, size):
        if part:
            yield list(access.entries().filter(_these(part)).order_by("seq").values(*columns))


def count(access: Access, filters: Filters, low: int, high: int) -> int:
    """How many `rows` gives."""
    return sum(len(part) for part in _each(access, filters, low, high, MOST))


def numbers(access: Access, filters: Filters, low: int, high: int, *, newest_first: bool) -> Iterator[int]:
    """Their numbers only."""
    for part in _found(access, filters, Range(low, high, newest_first), MOST):
        yield from part


def _found(access: Access, filters: Filters, wanted: Range, size: int) -> Iterator[Sequence[int]]:
    """Numbers of entries that match, in order, a few at a time."""
    wanted = wanted.within(_oldest(), audit.newest())
    # Read before anything else: what is put into the index meanwhile is read entry by entry.
    edge = sealed() * SEGMENT if wanted.low <= wanted.high else 0
    reader = IndexReader(access, filters)
    if not reader.narrows:
        edge = 0
    old, new = wanted.within(1, edge), wanted.within(edge + 1, wanted.high)
    walks = [_indexed(access, filters, reader, old, size), _scanned(access, filters, new, size)]
    for walk in reversed(walks) if wanted.newest_first else walks:
        yield from walk


def _indexed(
    access: Access, filters: Filters, reader: IndexReader, wanted: Range, size: int
) -> Iterator[Sequence[int]]:
    if wanted.low > wanted.high:
        return
    found = reader.candidates(wanted.low, wanted.high, newest_first=wanted.newest_first)
    while part := list(islice(found, size)):
        if filters.columns:
            rows = access.entries().filter(seq__in=part).values("seq", *filters.columns)
            kept = {row["seq"] for row in rows if filters.parts_match(row)}
            part = [seq for seq in part if seq in kept]
            # Runs of letters may mislead: then much has to be looked through, in few queries.
            size = min(size * 2, MOST)
        yield part


def _each(access: Access, filters: Filters, low: int, high: int, size: int) -> Iterator[Sequence[int]]:
    return _scanned(access, filters, Range(low, high, newest_first=False).within(_oldest(), high), size)


def _scanned(access: Access, filters: Filters, wanted: Range, size: int) -> Iterator[Sequence[int]]:
    low, high = wanted.low, wanted.high
    size = MOST if filters.columns else size
    seen = access.entries().filter(filters.condition()).order_by("-seq" if wanted.newest_first else "seq")
    while low <= high:
        rows = list(seen.filter(seq__gte=low, seq__lte=high).values("seq", *filters.columns)[:size])
        yield [row["seq"] for row in rows if filters.parts_match(row)]
        if len(rows) < size:
            return
        last = rows[-1]["seq"]
        low, high = (low, last - 1) if wanted.newest_first else (last + 1, high)


def _these(part: Sequence[int]) -> Q:
    """A thousand numbers are slow to send; where none is left out, their ends say the same."""
    low, high = min(part), max(part)
    return Q(seq__gte=low, seq__lte=high) if high - low + 1 == len(part) else Q(seq__in=part)


def _oldest() -> int:
    """What came before was pruned."""
    return AuditEntry.objects.order_by("seq").values_list("seq", flat=True).first() or 1
