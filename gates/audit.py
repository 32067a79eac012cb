"""The log: appended to inside the decision's own transaction, hash-chained, never edited."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from gates.facts import Facts
from gates.models import AuditEntry, AuditHead

HEAD = 1
CHANGED, UNCHANGED, REFUSED = "changed", "unchanged", "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who: `kind` is person, token, webhook or system; `name` is kept as text."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Origin:
    """From where: `via` is webhook, page, api or system; `source` the peer's address."""

    via: str
    source: str = ""
    user_agent: str = ""
    request_id: str = ""


SYSTEM = Actor("system", "Aviary")
SYSTEM_ORIGIN = Origin("system")


@dataclass(slots=True)
class Draft:
    """An entry before it has a number."""

    at: datetime
    action: str
    outcome: str
    actor: Actor
    origin: Origin
    subject: str = ""
    cluster: str = ""
    namespace: str = ""
    name: str = ""
    kind: str = ""
    facts: Facts | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    decision: int | None = None


HASHED = (
    "seq", "action", "outcome", "actor_kind", "actor", "via", "subject", "cluster", "namespace", "name",
    "kind", "revision", "images", "phase", "weight", "before", "after", "reason", "decision", "source",
    "user_agent", "request_id", "prev_hash",
)  # fmt: skip


def canonical(entry: AuditEntry) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, UTF-8, time in UTC with microseconds."""
    body = {name: getattr(entry, name) for name in HASHED}
    body["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(entry: AuditEntry) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def lock_head() -> AuditHead:
    """Lock the row that numbers the log. Take it last: every decision waits for it."""
    return AuditHead.objects.select_for_update().get(pk=HEAD)


def append(head: AuditHead, drafts: Sequence[Draft]) -> list[AuditEntry]:
    """Number, chain and insert the drafts; call it inside a transaction that holds `head`."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("The log is written inside the decision's transaction.")
    entries = [_chained(head, draft) for draft in drafts]
    if entries:
        AuditEntry.objects.bulk_create(entries)
        AuditHead.objects.filter(pk=head.pk).update(seq=head.seq, hash=head.hash)
    return entries


def _chained(head: AuditHead, draft: Draft) -> AuditEntry:
    facts = draft.facts
    entry = AuditEntry(
        seq=head.seq + 1,
        at=draft.at,
        action=draft.action,
        outcome=draft.outcome,
        actor_kind=draft.actor.kind,
        actor=draft.actor.name,
        via=draft.origin.via,
        subject=draft.subject,
        cluster=draft.cluster,
        namespace=draft.namespace,
        name=draft.name,
        kind=draft.kind,
        revision=facts.revision if facts else "",
        images=list(facts.images) if facts else [],
        phase=facts.phase[:64] if facts else "",
        weight=facts.weight if facts else None,
        before=draft.before,
        after=draft.after,
        reason=draft.reason,
        decision=draft.decision,
        source=draft.origin.source[:64],
        user_agent=draft.origin.user_agent[:256],
        request_id=draft.origin.request_id[:64],
        prev_hash=head.hash,
    )
    entry.hash = digest(entry)
    head.seq, head.hash = entry.seq, entry.hash
    return entry


def verify() -> tuple[int, str]:
    """Walk the chain from its start: (entries checked, "") or (number of the first bad entry, why)."""
    seq, previous = 0, ""
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=2000):
        if entry.seq != seq + 1:
            return seq + 1, f"entry {seq + 1} is missing"
        if entry.prev_hash != previous:
            return entry.seq, f"entry {entry.seq} does not follow entry {seq}"
        if digest(entry) != entry.hash:
            return entry.seq, f"entry {entry.seq} was edited"
        seq, previous = entry.seq, entry.hash
    head = AuditHead.objects.get(pk=HEAD)
    if (head.seq, head.hash) != (seq, previous):
        return seq + 1, f"the log ends at entry {seq}, its head says {head.seq}"
    return seq, ""
