"""The proof of the log: from the first entry to the last, against tombstones, checkpoints and the head.

Reads pages of plain tuples in keys' order: constant memory, no lock, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gates import audit, chain, keyring
from gates.models import AuditCheckpoint, AuditEntry, AuditTombstone
from gates.proof_naming import DELETED, EDITED, INSERTED, TRUNCATED, Fields, Problem, broken, sound
from gates.proof_signed import Signed, checkpoint_problem, tombstone_problem

COLUMNS = (*chain.FORM_2, "hash")
PAGE = 4000


@dataclass(slots=True)
class Report:
    """What was found: `count` entries up to number `seq` are sound; `problem` is the first bad thing.

    `signed_up_to` is the last entry that a checkpoint with a trusted key vouches for (0: none);
    `untrusted` the ids of keys that signed and that nobody said to trust.
    """

    count: int = 0
    seq: int = 0
    problem: Problem | None = None
    checkpoints: int = 0
    tombstones: int = 0
    signed_up_to: int = 0
    untrusted: set[str] = field(default_factory=set)


def verify(more: Iterable[Mapping[str, Any]] = (), trust: Iterable[str] = ()) -> Report:
    """Walk it all. `more` are checkpoints that were kept elsewhere, `trust` further public keys.

    Raises BadKey, django.db.Error.
    """
    # In this order: what is written meanwhile lies behind all three.
    stored = list(AuditCheckpoint.objects.order_by("seq", "pk").values(*Signed.FIELDS))
    stones: list[Fields] = [dict(each) for each in AuditTombstone.objects.order_by("first_seq").values()]
    head = audit.head()
    signed = Signed.of([*stored, *more], keyring.trusted(trust))
    report = Report(checkpoints=len(stored), tombstones=len(stones), untrusted=signed.untrusted)
    report.problem = _walk(report, stones, signed, head.seq, head.hash)
    return report


def pages(after: int, upto: int) -> Iterator[list[Fields]]:
    """The entries with numbers in (after, upto], in order."""
    rows = AuditEntry.objects.filter(seq__lte=upto).order_by("seq").values_list(*COLUMNS)
    while page := list(rows.filter(seq__gt=after)[:PAGE]):
        after = page[-1][0]
        yield [dict(zip(COLUMNS, row, strict=True)) for row in page]


def _walk(report: Report, stones: list[Fields], signed: Signed, end: int, end_hash: str) -> Problem | None:
    if signed.problem:
        return signed.problem
    seq, previous = 0, ""
    for stone in stones:
        if problem := tombstone_problem(stone, seq, previous, signed):
            return problem
        seq, previous = stone["last_seq"], stone["last_hash"]
    left = AuditEntry.objects.filter(seq__lte=seq).order_by("seq").values_list("seq", flat=True).first()
    if left is not None:
        return Problem(left, INSERTED, f"entry {left} was inserted: the log begins at entry {seq + 1}")
    report.seq, agreed = seq, seq
    for page in pages(seq, end):
        for fields in page:
            if fields["seq"] != seq + 1:
                return Problem(seq + 1, DELETED, f"entry {seq + 1} is missing")
            if fields["prev_hash"] != previous or not sound(fields, seq + 1):
                return broken(fields, previous)
            seq, previous = seq + 1, fields["hash"]
            if seq in signed.hashes:
                if problem := checkpoint_problem(signed, seq, previous, agreed):
                    return problem
                agreed = seq
                report.signed_up_to = seq if seq in signed.vouched else report.signed_up_to
            report.seq, report.count = seq, report.count + 1
    return _end(seq, previous, signed, end, end_hash)


def _end(seq: int, previous: str, signed: Signed, end: int, end_hash: str) -> Problem | None:
    """Whether the last entry is the last one that there was."""
    signed_last = max((0, *signed.hashes))
    if signed_last > seq:
        text = f"the log ends at entry {seq}, but entry {signed_last} was signed by a checkpoint"
        return Problem(seq + 1, TRUNCATED, text)
    if seq < end:
        return Problem(seq + 1, TRUNCATED, f"the log ends at entry {seq}, its head says {end}")
    if previous != end_hash:
        for fields in (each for page in pages(seq, seq + 1) for each in page):
            return broken(fields, previous)
        return Problem(seq, EDITED, f"entry {seq} is not the one that the head of the log names")
    # Read before the head: what Aviary writes meanwhile is never beyond it.
    last = AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    now = audit.head().seq
    if last > now:
        return Problem(now + 1, INSERTED, f"entry {now + 1} was inserted after the end of the log")
    return None
