"""Waiting episodes: when Flagger began to wait, which deadline runs, and what the policy does then."""

from __future__ import annotations

from datetime import datetime

from gates.approvals import Where
from gates.facts import Facts
from gates.keys import digest
from gates.models import Episode
from gates.policy import Policy


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


def waiting(subject: str) -> list[Episode]:
    """The open episodes of a canary."""
    return list(Episode.objects.filter(subject=subject, ended_at__isnull=True))


def due(now: datetime) -> list[Episode]:
    """Open episodes whose deadline has passed and was not applied yet."""
    return list(
        Episode.objects.filter(ended_at__isnull=True, deadline_applied=False, deadline_at__lte=now).exclude(
            on_deadline="keep"
        )
    )


def _current(where: Where, facts: Facts) -> str:
    step = f"{facts.revision}@{facts.weight}"
    return digest("episode", where.cluster, where.namespace, where.name, str(where.hook), where.gate, step)
