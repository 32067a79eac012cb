"""Single entries about what is no gate: people, tokens, settings. Each in the transaction of its change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gates import audit, decisions
from gates.audit import Actor, Draft, Origin
from gates.models import AuditEntry


def enter(
    action: str,
    actor: Actor,
    origin: Origin,
    *,
    kind: str,
    name: str = "",
    outcome: str = audit.CHANGED,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Put it into the log; in the caller's transaction where there is one. Raises django.db.Error.

    `kind` says what it is about, `name` which one; only those who see all of the log see it.
    """
    with decisions.deciding([]) as door:
        door.enter(
            Draft(
                at=door.now,
                action=action,
                outcome=outcome,
                actor=actor,
                origin=origin,
                name=name,
                kind=kind,
                before=dict(before or {}),
                after=dict(after or {}),
            )
        )
    return door.entries[0]
