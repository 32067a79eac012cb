"""The index of the log: what entries can be found by. Made from the entries, and made anew at will.

Only `indexing.py` writes it; a test holds that.
"""

from __future__ import annotations

from django.db import models


class AuditTerm(models.Model):
    """Which entries of one segment have a term: `terms.py` makes the terms, `bits.py` the bits."""

    pk = models.CompositePrimaryKey("term", "segment")
    term = models.BinaryField()
    segment = models.IntegerField()
    bits = models.BinaryField()

    def __str__(self) -> str:
        return f"{bytes(self.term)!r} in {self.segment}"


class AuditSegment(models.Model):
    """SEGMENT entries that are in the index. Segment n begins with entry n x SEGMENT + 1.

    `first_at` and `last_at`: the earliest and the latest time in it. `places`: for each entry the id of
    its AuditPlace as 32 bits, compressed.
    """

    number = models.IntegerField(primary_key=True)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    places = models.BinaryField()

    def __str__(self) -> str:
        return str(self.number)


class AuditPlace(models.Model):
    """What decides who may see an entry, each combination once; `key` is its digest."""

    key = models.CharField(max_length=64, unique=True)
    cluster = models.CharField(max_length=253, blank=True)
    namespace = models.TextField(blank=True)
    action = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.action} in {self.namespace}"
