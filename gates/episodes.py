"""Waiting episodes: when Flagger began to wait, which deadline runs, and what the policy does then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

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
            "step": _step(where, facts),
            "began_at": now,
            "deadline_at": now + policy.deadline if policy.deadline else None,
            "on_deadline": policy.on_deadline,
        },
    )
    return row


def close(where: Where, now: datetime) -> None:
    """Flagger waits there no longer: it was told yes."""
    _open(where).update(ended_at=now, current=None)


def finish(rows: Sequence[Episode], now: datetime) -> None:
    """End these."""
    Episode.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=now, current=None)


def waiting(where: Where) -> bool:
    """An episode of this hook is open."""
    return _open(where).exists()


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


def take(row: Episode) -> bool:
    """Its deadline is being applied, and was not before; inside the caller's transaction."""
    open_ones = Episode.objects.filter(pk=row.pk, ended_at__isnull=True, deadline_applied=False)
    return bool(open_ones.update(deadline_applied=True))


def _open(where: Where) -> QuerySet[Episode]:
    return Episode.objects.filter(
        subject=where.lock.subject, hook=where.hook, gate=where.gate, ended_at__isnull=True
    )


def _step(where: Where, facts: Facts) -> int:
    """Each step of the traffic is waited for by itself; a start and a promotion are one at any weight."""
    return facts.weight if where.hook is Hook.TRAFFIC else 0


def _current(where: Where, facts: Facts) -> str:
    step = f"{facts.revision}@{_step(where, facts)}"
    return digest("episode", where.cluster, where.namespace, where.name, str(where.hook), where.gate, step)
