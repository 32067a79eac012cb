"""Waiting episodes: when Flagger began to wait, which deadline runs, and what the policy does then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gates.approvals import Where
from gates.confirm_rules import Hook
from gates.facts import ENDED_PHASES, RESTING_PHASES, Facts
from gates.keys import digest
from gates.models import Episode
from gates.policy import Policy
from gates.rules import ROLLED_BACK_IN


def note(where: Where, facts: Facts, policy: Policy, now: datetime) -> Episode:
    """The open episode of this hook, revision and step; begun now unless another replica has."""
    current = _current(where, facts)
    row, _new = Episode.objects.get_or_create(
        current=current,
        defaults={
            "subject": where.lock.subject,
            "cluster": where.cluster,
            "namespace": where.namespace,
            "name": where.name,
            "hook": where.hook,
            "gate": where.gate,
            "revision": facts.revision,
            "step": facts.weight,
            "began_at": now,
            "deadline_at": now + policy.deadline if policy.deadline else None,
            "on_deadline": policy.on_deadline,
        },
    )
    return row


def close(subject: str, now: datetime, *, hook: str = "") -> None:
    """Flagger waits no longer: told yes at `hook`, or the release is over."""
    rows = Episode.objects.filter(subject=subject, ended_at__isnull=True)
    (rows.filter(hook=hook) if hook else rows).update(ended_at=now, current=None)


def finish(rows: Sequence[Episode], now: datetime) -> None:
    """End these."""
    Episode.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=now, current=None)


def waiting(where: Where) -> bool:
    """An episode of this hook is open."""
    return Episode.objects.filter(
        subject=where.lock.subject, hook=where.hook, gate=where.gate, ended_at__isnull=True
    ).exists()


def over(row: Episode, facts: Facts) -> bool:
    """Flagger no longer waits there: the release went on, ended, or is another one."""
    if facts.revision != row.revision or facts.phase in ENDED_PHASES:
        return True
    if row.hook == Hook.START:
        return facts.phase != "Waiting" and facts.phase not in RESTING_PHASES
    if row.hook == Hook.TRAFFIC:
        return facts.phase != "Progressing" or facts.weight != row.step
    return facts.phase not in ROLLED_BACK_IN


def is_due(row: Episode, now: datetime) -> bool:
    """Its deadline has passed, and the policy has something left to do."""
    if row.deadline_applied or row.on_deadline == "keep":
        return False
    return row.deadline_at is not None and row.deadline_at <= now


def _current(where: Where, facts: Facts) -> str:
    step = f"{facts.revision}@{facts.weight}"
    return digest("episode", where.cluster, where.namespace, where.name, str(where.hook), where.gate, step)
