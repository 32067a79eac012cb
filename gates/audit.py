"""The log: appended to inside the decision's own transaction, hash-chained, never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from gates import audit_lines, chain
from gates.facts import Facts
from gates.models import AuditEntry, AuditHead

HEAD = 1
CHANGED, UNCHANGED, REFUSED = "changed", "unchanged", "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who: `kind` is person, token, webhook, flagger, policy or system; `name` is kept as text.

    `auth` is how they signed in: password, token, webhook-token, or "" for nobody who could.
    """

    kind: str
    name: str
    auth: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """From where: `via` is webhook, page, api or system; `source` the peer's address."""

    via: str
    source: str = ""
    user_agent: str = ""
    request_id: str = ""


SYSTEM = Actor("system", "Aviary")
# Whoever may run manage.py.
OPERATOR = Actor("system", "manage.py")
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
    policy: Mapping[str, Any] = field(default_factory=dict)


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
        audit_lines.announce(entries)
    return entries


def _chained(head: AuditHead, draft: Draft) -> AuditEntry:
    facts = draft.facts
    entry = AuditEntry(
        seq=head.seq + 1,
        form=chain.FORM,
        at=draft.at,
        action=draft.action,
        outcome=draft.outcome,
        actor_kind=draft.actor.kind,
        actor=draft.actor.name,
        auth=draft.actor.auth,
        via=draft.origin.via,
        subject=draft.subject,
        cluster=draft.cluster,
        namespace=draft.namespace,
        name=draft.name,
        kind=draft.kind,
        revision=facts.revision if facts else "",
        images=list(facts.images) if facts else [],
        images_from=list(facts.images_from) if facts else [],
        release=facts.release[:64] if facts else "",
        policy=dict(draft.policy),
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
    entry.hash = chain.digest(vars(entry))
    head.seq, head.hash = entry.seq, entry.hash
    return entry


def head() -> AuditHead:
    """The row that numbers the log, as it is, without its lock."""
    return AuditHead.objects.get(pk=HEAD)


def newest() -> int:
    """The number of the newest entry, 0 before the first."""
    return AuditHead.objects.values_list("seq", flat=True).first() or 0


def remove(first: int, last: int) -> None:
    """Pruning: remove entries that a tombstone covers, in the transaction that enters the tombstone."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("The log is pruned inside the transaction that enters the tombstone.")
    AuditEntry.objects.filter(seq__gte=first, seq__lte=last).delete()
