"""Pruning: whole segments, up to a checkpoint, are exported, and a signed tombstone takes their place.

The one exception to "never removed". The triggers let nothing be deleted but what a tombstone covers.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from gates import audit, chain, checkpoints, proof
from gates.audit import Actor, Draft, Origin
from gates.keyring import Signer
from gates.models import AuditCheckpoint, AuditTombstone
from gates.proof_naming import sound

PRUNED = "log.pruned"
# Entries that one transaction removes at most, where checkpoints are that close: decisions wait meanwhile.
MOST = 10_000
FIELDS = (*chain.TOMBSTONE, "public_key", "signature")


class NotPruned(Exception):
    """Nothing was removed; the message says why, for a person."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The entries after the last tombstone, up to a checkpoint."""

    first: int
    last: int
    prev_hash: str
    last_hash: str

    @property
    def name(self) -> str:
        """Of its file."""
        return f"audit-{self.first:012d}-{self.last:012d}.jsonl"


def due(before: datetime) -> Segment | None:
    """The next segment all of whose entries are older than `before`."""
    stone = AuditTombstone.objects.order_by("-last_seq").first()
    after, previous = (stone.last_seq, stone.last_hash) if stone else (0, "")
    # A checkpoint that is old covers old entries only: it was signed after them.
    old = AuditCheckpoint.objects.filter(seq__gt=after, at__lt=before).order_by("seq")
    end = old.filter(seq__lte=after + MOST).last() or old.first()
    return Segment(after + 1, end.seq, previous, end.hash) if end else None


def prune(segment: Segment, folder: Path, signer: Signer, actor: Actor, origin: Origin) -> AuditTombstone:
    """Export the segment into the folder, then remove it; raises NotPruned, OSError, django.db.Error.

    When the database refuses after all, the file stays: it says nothing wrong.
    """
    _still_first(segment)
    with export(segment, folder) as (draft, digest), transaction.atomic():
        head, now = audit.lock_head(), timezone.now()
        _still_first(segment)
        draft.replace(folder / segment.name)
        _sync(folder)
        fields: dict[str, Any] = {
            "first_seq": segment.first,
            "last_seq": segment.last,
            "prev_hash": segment.prev_hash,
            "last_hash": segment.last_hash,
            "count": segment.last - segment.first + 1,
            "at": now,
            "export_sha256": digest,
            "key_id": signer.key_id,
        }
        signature = signer.sign(chain.tombstone_message(fields))
        stone = AuditTombstone.objects.create(**fields, public_key=signer.public_key, signature=signature)
        audit.remove(segment.first, segment.last)
        audit.append(head, [_draft(now, stone, actor, origin)])
    return stone


@contextlib.contextmanager
def export(segment: Segment, folder: Path) -> Iterator[tuple[Path, str]]:
    """A file with the entries and their manifest, as exports of the log are, and its SHA-256 in hex.

    It is on the disk, and is removed on leaving unless it got another name. Raises NotPruned when the
    entries are not sound.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft, digest = folder / f".{segment.name}-{secrets.token_hex(4)}", hashlib.sha256()
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
            for each in _lines(segment):
                file.write(each)
                digest.update(each)
            file.flush()
            os.fsync(file.fileno())
        yield draft, digest.hexdigest()
    finally:
        draft.unlink(missing_ok=True)


def shown(stone: AuditTombstone) -> dict[str, Any]:
    """As it is exported: JSON."""
    fields = {name: getattr(stone, name) for name in FIELDS}
    return {"aviary": "tombstone", **fields, "at": chain.instant(stone.at)}


def _lines(segment: Segment) -> Iterator[bytes]:
    seq, previous = segment.first - 1, segment.prev_hash
    for page in proof.pages(seq, segment.last):
        for fields in page:
            follows = (fields["seq"], fields["prev_hash"]) == (seq + 1, previous)
            if not (follows and sound(fields, seq + 1)):
                raise NotPruned(f"the log is not sound at entry {seq + 1}: run manage.py audit verify")
            seq, previous = seq + 1, fields["hash"]
            yield chain.line(fields) + b"\n"
    if (seq, previous) != (segment.last, segment.last_hash):
        raise NotPruned(f"the log is not sound at entry {seq + 1}: run manage.py audit verify")
    yield chain.packed({"manifest": _manifest(segment)}) + b"\n"


def _manifest(segment: Segment) -> dict[str, Any]:
    signed = AuditCheckpoint.objects.filter(seq__gte=segment.first, seq__lte=segment.last).order_by(
        "seq", "pk"
    )
    return {
        "format": 1,
        "made_at": chain.instant(timezone.now()),
        "filters": {},
        "complete": False,
        "count": segment.last - segment.first + 1,
        "first_seq": segment.first,
        "last_seq": segment.last,
        "first_hash": segment.prev_hash,
        "last_hash": segment.last_hash,
        "checkpoints": [checkpoints.shown(each) for each in signed],
        "tombstones": [shown(each) for each in AuditTombstone.objects.order_by("first_seq")],
    }


def _still_first(segment: Segment) -> None:
    last = AuditTombstone.objects.order_by("-last_seq").values_list("last_seq", flat=True).first()
    if (last or 0) + 1 != segment.first:
        raise NotPruned("another process has pruned these entries meanwhile")


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _draft(now: datetime, stone: AuditTombstone, actor: Actor, origin: Origin) -> Draft:
    after = {name: value for name, value in shown(stone).items() if name not in {"aviary", "public_key"}}
    return Draft(now, PRUNED, audit.CHANGED, actor, origin, kind="log", after=after)
