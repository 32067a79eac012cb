"""A log with something in every field, an attacker with every right on the database, and keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from gates import audit, chain, checkpoints, keyring, proof
from gates.audit import Actor, Draft, Origin
from gates.facts import Facts
from gates.keyring import Signer
from gates.models import AuditCheckpoint, AuditEntry, AuditHead
from gates.proof_naming import Problem
from tests.support.log import unguarded


def facts(number: int = 0) -> Facts:
    """A canary in the middle of its release."""
    return Facts(
        revision=f"{number:064d}",
        images=(f"shop/checkout:2.{number}.0",),
        phase="Progressing",
        weight=number % 100,
        next_weight=None,
        strategy="canary",
        hooks=(),
        checksum="c0",
        observed_at=timezone.now(),
        images_from=("shop/checkout:1.0.0",),
        release="r-1",
    )


def draft(number: int = 0, **changes: Any) -> Draft:
    """An entry with every field set."""
    fields: dict[str, Any] = {
        "at": timezone.now(),
        "action": "gate.opened",
        "outcome": "changed",
        "actor": Actor("person", f"minji {number}", "password"),
        "origin": Origin("page", "10.0.0.9", "Mozilla/5.0", f"request-{number}"),
        "subject": "s" * 64,
        "cluster": "default",
        "namespace": "payments",
        "name": "checkout",
        "kind": "gate",
        "facts": facts(number),
        "before": {"open": False},
        "after": {"open": True, "number": number},
        "reason": "so gewünscht — “ok”",
        "decision": number,
        "policy": {"approvals": 2, "groups": ["security"]},
    }
    return Draft(**(fields | changes))


def enter(count: int, **changes: Any) -> None:
    """So many more entries."""
    with transaction.atomic():
        audit.append(audit.lock_head(), [draft(number, **changes) for number in range(count)])


def problem() -> Problem | None:
    """What the proof finds."""
    return proof.verify().problem


def rows() -> list[dict[str, Any]]:
    """All entries, as they are."""
    return [dict(each) for each in AuditEntry.objects.order_by("seq").values()]


def forge(fields: dict[str, Any], previous: str) -> dict[str, Any]:
    """The same entry, chained anew by somebody who knows how."""
    made = {**fields, "prev_hash": previous}
    return {**made, "hash": chain.digest(made)}


def put(entries: list[dict[str, Any]], *, head: bool = False) -> None:
    """Take these for the whole log; with `head` its head says so too."""
    unguarded()
    AuditEntry.objects.all().delete()
    AuditEntry.objects.bulk_create([AuditEntry(**each) for each in entries])
    if head:
        AuditHead.objects.update(seq=entries[-1]["seq"], hash=entries[-1]["hash"])


def rechained(entries: list[dict[str, Any]], first: int = 0) -> list[dict[str, Any]]:
    """Numbered and chained anew from this index on."""
    made = entries[:first]
    for number, each in enumerate(entries[first:], start=first + 1):
        made.append(forge({**each, "seq": number}, made[-1]["hash"] if made else ""))
    return made


def of_first_form(entries: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The same log, chained anew, had the first version written so many of its entries."""
    older = {"form": chain.FIRST_FORM, **chain.UNHASHED[chain.FIRST_FORM]}
    return rechained([*({**each, **older} for each in entries[:count]), *entries[count:]])


@pytest.fixture
def signer(settings: Any) -> Signer:
    """A key, configured."""
    settings.AUDIT_KEY = keyring.made()
    found = keyring.signer()
    assert found
    return found


def sign(signer: Signer) -> AuditCheckpoint:
    """A checkpoint of the log as it is."""
    made = checkpoints.make(signer, timedelta(0))
    assert made
    return made
