"""What was done to the first entry that does not follow: edited, deleted, inserted or reordered."""

from __future__ import annotations

from dataclasses import dataclass

from gates import chain
from gates.models import AuditEntry, AuditHead
from gates.proof_rows import BIGGEST, Fields

EDITED, DELETED, INSERTED, REORDERED, TRUNCATED = "edited", "deleted", "inserted", "reordered", "truncated"
UNSIGNED = "signature"


@dataclass(frozen=True, slots=True)
class Problem:
    """The number of the first bad entry (None: none can be named), what was done, a line for a person."""

    seq: int | None
    kind: str
    text: str


def sound(fields: Fields, seq: int) -> bool:
    """Its hash is the one of its fields, if this is its number, and it has none that are not hashed."""
    try:
        own = fields if fields["seq"] == seq else {**fields, "seq": seq}
        return bool(chain.digest(own) == fields["hash"]) and chain.bare(own)
    except chain.UNFIT:
        return False


def gap(found: float, seq: int) -> Problem:
    """Name what was done where another number follows than this one."""
    if found > seq:
        return Problem(seq, DELETED, f"entry {seq} is missing")
    # SQLite keeps fractions as well.
    return Problem(seq, INSERTED, f"an entry with the number {found} was inserted before entry {seq}")


def broken(fields: Fields, previous: str) -> Problem:
    """Name what was done to the entry at a number up to which all is sound; `previous` is the hash before.

    Other entries are compared in the database: they may be such that they cannot be read.
    """
    seq = fields["seq"]
    if fields["hash"] is None:
        return Problem(seq, EDITED, f"entry {seq} was edited: it cannot be read any more")
    if sound(fields, seq):
        return _made_anew(fields)
    home = _home(fields)
    if home is None:
        return Problem(seq, EDITED, f"entry {seq} was edited")
    if home > seq and AuditEntry.objects.filter(prev_hash=previous).exists():
        return Problem(seq, REORDERED, f"entry {seq} is out of order: it was entry {home}")
    if home > seq:
        return Problem(seq, DELETED, f"entry {seq} is missing: those after it have new numbers")
    if AuditEntry.objects.filter(seq=home, hash=fields["hash"]).exists():
        return Problem(seq, INSERTED, f"entry {seq} was inserted: it is a copy of entry {home}")
    return Problem(home, INSERTED, f"entry {home} was inserted: the one that was there has number {seq} now")


def _home(fields: Fields) -> int | None:
    """The number that the entry was made with, when only its number was changed."""
    seq = fields["seq"]
    before = AuditEntry.objects.filter(hash=fields["prev_hash"], seq__lte=BIGGEST)
    places = [seq + 1, seq - 1, 1, *(number + 1 for number in before.values_list("seq", flat=True)[:8])]
    return next((number for number in places if sound(fields, number)), None)


def _made_anew(fields: Fields) -> Problem:
    """The entry is sound by itself, so it or the one before it was edited, its hash included."""
    seq = fields["seq"]
    after = AuditEntry.objects.filter(seq=seq + 1)
    if after.exists():
        follows = after.filter(prev_hash=fields["hash"]).exists()
    else:
        follows = AuditHead.objects.filter(hash=fields["hash"]).exists()
    if follows and seq > 1:
        return Problem(
            seq - 1, EDITED, f"entry {seq - 1} was edited: entry {seq} does not follow it any more"
        )
    return Problem(seq, EDITED, f"entry {seq} was edited: it does not follow entry {seq - 1} any more")
