"""Signed checkpoints: "up to this entry the log is this one". What they name cannot be cut off unnoticed.

Only this file writes them. They are kept in the database, and told to the places of `checkpoint_sinks.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from gates import audit, chain
from gates.keyring import Signer
from gates.models import AuditCheckpoint

FIELDS = ("seq", "hash", "at", "key_id", "public_key", "signature")
CHUNK = 1000


def make(signer: Signer, apart: timedelta = timedelta(0)) -> AuditCheckpoint | None:
    """Sign the log as it is now; None when nothing is new, or the last one is younger than `apart`.

    The log's head is held meanwhile, so of several replicas one does it. Raises django.db.Error.
    """
    if not _due(apart, audit.head().seq):
        return None
    with transaction.atomic():
        head, now = audit.lock_head(), timezone.now()
        if not _due(apart, head.seq):
            return None
        fields = {"seq": head.seq, "hash": head.hash, "at": now, "key_id": signer.key_id}
        signature = signer.sign(chain.checkpoint_message(fields))
        return AuditCheckpoint.objects.create(**fields, public_key=signer.public_key, signature=signature)


def shown(checkpoint: AuditCheckpoint) -> dict[str, Any]:
    """As it is downloaded, exported and told: JSON."""
    return {"aviary": "checkpoint", **{name: getattr(checkpoint, name) for name in FIELDS}} | {
        "at": chain.instant(checkpoint.at)
    }


def line(checkpoint: AuditCheckpoint) -> bytes:
    """The same as one line."""
    return chain.packed(shown(checkpoint)) + b"\n"


def lines() -> Iterator[bytes]:
    """All of them, oldest first; a few at a time."""
    last = 0
    while rows := list(AuditCheckpoint.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield from map(line, rows)
        last = rows[-1].pk


def _due(apart: timedelta, seq: int) -> bool:
    last = AuditCheckpoint.objects.order_by("-seq").first()
    return seq > 0 and (last is None or (seq > last.seq and timezone.now() - last.at >= apart))
