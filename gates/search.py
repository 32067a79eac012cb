"""Finding entries in the log: one search behind the page and the REST API.

Every function finds only entries that the person may see (`Access.entries()`), and asks in short
queries: none keeps a database's reading open while somebody else thinks, sends or writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.models import QuerySet

from gates import walk
from gates.access_rights import Access
from gates.filters import Filters
from gates.models import AuditEntry

BIGGEST = 2**63 - 1
# Nobody reads a larger count.
MOST_NEWER = 1000


def find(
    access: Access, filters: Filters, before: int | None, limit: int
) -> tuple[list[AuditEntry], int | None]:
    """At most `limit` entries older than number `before`, newest first, and the cursor of the next page.

    The cursor is None when there are no more.
    """
    high = BIGGEST if before is None else before - 1
    page = list(islice(walk.entries(access, filters, 1, high, newest_first=True, size=limit + 1), limit + 1))
    more = len(page) > limit
    return page[:limit], page[limit - 1].seq if more else None


def newer(access: Access, filters: Filters, after: int) -> int:
    """How many entries came after number `after`, at most MOST_NEWER."""
    found = walk.numbers(access, filters, after + 1, BIGGEST, newest_first=True)
    return sum(1 for _number in islice(found, MOST_NEWER))


def stream(access: Access, filters: Filters, after: int = 0, size: int = 1000) -> Iterator[AuditEntry]:
    """Entries with numbers above `after`, oldest first, in constant memory; none that come after the call."""
    return walk.entries(access, filters, after + 1, BIGGEST, newest_first=False, size=size)


def following(seen: QuerySet[AuditEntry], entry: AuditEntry) -> Sequence[AuditEntry]:
    """The entries that answer, repeat or end this decision, oldest first, at most 100."""
    return list(seen.filter(decision=entry.seq).order_by("seq")[:100])


def neighbours(seen: QuerySet[AuditEntry], entry: AuditEntry) -> tuple[int | None, int | None]:
    """The numbers of the entries before and after this one."""
    numbers = seen.values_list("seq", flat=True)
    before = numbers.filter(seq__lt=entry.seq).order_by("-seq").first()
    return before, numbers.filter(seq__gt=entry.seq).order_by("seq").first()
