"""The proof of the log: from the first entry to the last, against tombstones, checkpoints and the head.

Reads pages of plain tuples in keys' order: constant memory, no lock, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gates import audit, chain, keyring
from gates.models import AuditCheckpoint, AuditEntry, AuditHead, AuditTombstone
from gates.proof_naming import EDITED, INSERTED, TRUNCATED, Problem, broken, gap, sound
from gates.proof_rows import BIGGEST, Fields, read
from gates.proof_signed import STONE, Signed, checkpoint_problem, tombstone_problem

COLUMNS = (*chain.FORM_2, "hash")
PAGE = 4000
# Pruning a segment takes longer than checking it, so a second or third walk is not overtaken.
WALKS = 10


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
    kept, trusted = list(more), keyring.trusted(trust)
    for _again in range(WALKS):
        known = _pruned()
        report = _walked(kept, trusted)
        # Entries that were pruned meanwhile look as if they were deleted: only their tombstone tells.
        if report.problem is None or _pruned() <= known:
            break
    return report


def pages(after: int, upto: int) -> Iterator[list[Fields]]:
    """The entries with numbers in (after, upto], in order; see `read` for one that cannot be read."""
    rows = AuditEntry.objects.filter(seq__lte=upto).order_by("seq")
    while page := read(rows.filter(seq__gt=after)[:PAGE], COLUMNS, "seq"):
        after = page[-1]["seq"]
        yield page


def _pruned() -> set[int]:
    return set(AuditTombstone.objects.values_list("pk", flat=True))


def _walked(more: list[Mapping[str, Any]], trusted: frozenset[str]) -> Report:
    # In this order: what is entered or signed meanwhile lies behind all three. What is pruned does not.
    stored = read(AuditCheckpoint.objects.order_by("seq", "pk"), ("id", *Signed.FIELDS), "seq")
    stones = read(AuditTombstone.objects.order_by("first_seq"), STONE, "first_seq")
    head = _head()
    signed = Signed.of([*stored, *more], trusted)
    report = Report(checkpoints=len(stored), tombstones=len(stones), untrusted=signed.untrusted)
    report.problem = _walk(report, stones, signed, head)
    return report


def _head() -> tuple[int, str] | None:
    """The head's number and hash; None when it is gone or has no number."""
    rows = read(AuditHead.objects.filter(pk=audit.HEAD), ("seq", "hash"), "seq")
    return next(((row["seq"], row["hash"]) for row in rows if type(row["seq"]) is int), None)


def _last() -> int:
    """The number of the last entry, 0 without one. What has no number is none here."""
    numbers = AuditEntry.objects.filter(seq__lte=BIGGEST).order_by("-seq").values_list("seq", flat=True)
    return numbers.first() or 0


def _walk(
    report: Report, stones: list[Fields], signed: Signed, head: tuple[int, str] | None
) -> Problem | None:
    if signed.problem:
        return signed.problem
    seq, previous = 0, ""
    for stone in stones:
        if problem := tombstone_problem(stone, seq, previous, signed):
            return problem
        seq, previous = stone["last_seq"], stone["last_hash"]
    left = AuditEntry.objects.filter(seq__lte=seq).order_by("seq").values_list("seq", flat=True).first()
    if left is not None:
        return Problem(int(left), INSERTED, f"entry {left} was inserted: the log begins at entry {seq + 1}")
    report.seq, agreed = seq, seq
    for page in pages(seq, head[0] if head else _last()):
        for fields in page:
            if fields["seq"] != seq + 1:
                return gap(fields["seq"], seq + 1)
            if fields["prev_hash"] != previous or not sound(fields, seq + 1):
                return broken(fields, previous)
            seq, previous = seq + 1, fields["hash"]
            if seq in signed.hashes:
                if problem := checkpoint_problem(signed, seq, previous, agreed):
                    return problem
                agreed = seq
                report.signed_up_to = seq if seq in signed.vouched else report.signed_up_to
            report.seq, report.count = seq, report.count + 1
    return _end(seq, previous, signed, head)


def _end(seq: int, previous: str, signed: Signed, head: tuple[int, str] | None) -> Problem | None:
    """Whether the last entry is the last one that there was."""
    signed_last = max((0, *signed.hashes))
    if signed_last > seq:
        text = f"the log ends at entry {seq}, but entry {signed_last} was signed by a checkpoint"
        return Problem(seq + 1, TRUNCATED, text)
    if head is None:
        return _headless(seq)
    if seq < head[0]:
        return Problem(seq + 1, TRUNCATED, f"the log ends at entry {seq}, its head says {head[0]}")
    if previous != head[1]:
        for fields in (each for page in pages(seq, seq + 1) for each in page):
            return broken(fields, previous)
        return Problem(seq, EDITED, f"entry {seq} is not the one that the head of the log names")
    # SQLite keeps text in a column of numbers, and sorts it behind all of them.
    if AuditEntry.objects.filter(seq__gt=BIGGEST).exists():
        return Problem(seq + 1, INSERTED, "an entry without a number was inserted after the end of the log")
    # Read before the head: what Aviary writes meanwhile is never beyond it.
    last, now = _last(), _head()
    if now is None:
        return _headless(seq)
    if last > now[0]:
        return Problem(now[0] + 1, INSERTED, f"entry {now[0] + 1} was inserted after the end of the log")
    return None


def _headless(seq: int) -> Problem:
    text = f"the log ends at entry {seq}, and its head, which says where it should end, is gone"
    return Problem(seq + 1, TRUNCATED, text)
