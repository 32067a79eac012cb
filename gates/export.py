"""An export of the log: what its filters let through and the reader may see, and a manifest of it.

It is an entry itself, made before the first byte leaves. It ends with the entry before that one, so what
is decided meanwhile changes nothing in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from gates import audit, chain, checkpoints, decisions, pruning, walk
from gates.access_rights import Access
from gates.audit import Actor, Draft, Origin
from gates.filters import Filters
from gates.models import AuditCheckpoint, AuditTombstone

MADE = "export.made"
FORMAT = 1
JSON_LINES, CSV = "jsonl", "csv"
PAGE = 1000  # entries
# The newest ones: each vouches for all before it.
CHECKPOINTS = 20
COLUMNS = (*chain.FORM_2, "hash")
Fields = dict[str, Any]


class Incomplete(Exception):
    """Entries went away while they were exported; the message says what to do."""


@dataclass(slots=True)
class Export:
    """`entry` is the number of its own entry, `count` how many entries there will be.

    `tombstones`, as they are exported, are those of what was pruned before.
    """

    access: Access
    filters: Filters
    made_at: datetime
    entry: int
    last: int
    count: int
    tombstones: list[Fields]
    _first: Fields = field(default_factory=dict)
    _last: Fields = field(default_factory=dict)
    _seen: int = 0

    @property
    def complete(self) -> bool:
        """It holds every entry up to its last, so it proves that none is missing."""
        return self.access.audits and not self.filters.any

    def pages(self) -> Iterator[list[Fields]]:
        """The entries in order, in constant memory and short readings; raises Incomplete at their end."""
        for page in walk.rows(self.access, self.filters, 1, self.last, COLUMNS, PAGE):
            if page:
                self._first, self._last = self._first or page[0], page[-1]
                self._seen += len(page)
                yield page
        # Such a download must break: with a manifest it would look whole, and like a log that was cut.
        if self._seen != self.count:
            found = f"{self._seen} of {self.count} entries were there"
            raise Incomplete(f"{found}: was the log pruned meanwhile? Export it again.")

    def manifest(self, digest: str) -> Fields:
        """What was exported; once all pages were. `digest` is the SHA-256 of the entries' bytes."""
        signed = AuditCheckpoint.objects.filter(seq__lte=self.last).order_by("-seq", "-pk")[:CHECKPOINTS]
        return {
            "format": FORMAT,
            "made_at": chain.instant(self.made_at),
            # The numbers tell how long the log is: nothing for those who see a part of it.
            "entry": self.entry if self.access.audits else None,
            "filters": self.filters.given(),
            "complete": self.complete,
            "count": self._seen,
            "first_seq": self._first.get("seq"),
            "last_seq": self._last.get("seq"),
            "first_hash": self._first.get("prev_hash"),
            "last_hash": self._last.get("hash"),
            "sha256": digest,
            # Of entries that are not in it, nothing is told: not even how many there are.
            "checkpoints": [checkpoints.shown(each) for each in reversed(signed)] if self.complete else [],
            "tombstones": self.tombstones if self.complete else [],
        }


def begin(access: Access, filters: Filters, form: str, actor: Actor, origin: Origin) -> Export:
    """Enter the export in the log; `form` is jsonl or csv. Raises django.db.Error."""
    # Before the head is read: what is signed behind the last entry is then signed later than this.
    made_at = timezone.now()
    last = audit.head().seq
    count = walk.count(access, filters, 1, last)
    # After the count: when something is pruned in between, entries are missing, and the export fails.
    stones = [pruning.shown(each) for each in AuditTombstone.objects.order_by("first_seq")]
    asked = {"format": form, "filters": filters.given(), "count": count, "up_to": last}
    with decisions.deciding([]) as door:
        entry = door.enter(Draft(door.now, MADE, audit.CHANGED, actor, origin, kind="log", after=asked))
    return Export(access, filters, made_at, entry, last, count, stones)


def json_lines(export: Export) -> Iterator[bytes]:
    """An entry a line, as it is hashed, and the manifest as the last line."""
    digest = hashlib.sha256()
    for page in export.pages():
        data = b"".join(chain.line(fields) + b"\n" for fields in page)
        digest.update(data)
        yield data
    yield chain.packed({"manifest": export.manifest(digest.hexdigest())}) + b"\n"
