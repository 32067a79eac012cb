"""Releases, states, entries and episodes as a test needs them, without a cluster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.models import Release, ReleaseState
from gates import audit, decisions
from gates.audit import Actor, Draft, Origin
from gates.facts import Facts
from gates.keys import subject
from gates.models import AuditEntry, Episode

START = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
R1, R2 = "a" * 64, "b" * 64


def at(seconds: float) -> datetime:
    """So long after the beginning of everything here."""
    return START + timedelta(seconds=seconds)


def release(
    began: float = 0, ended: float | None = None, revision: str = R1, outcome: str = "", **more: Any
) -> Release:
    """One release of payments/checkout, or of another canary; an hour's worth of versions each."""
    namespace, name = more.pop("namespace", "payments"), more.pop("name", "checkout")
    digest = subject("default", namespace, name)
    running = ended is None
    version = int(began) + 1
    return Release.objects.create(
        subject=digest,
        cluster="default",
        namespace=namespace,
        name=name,
        uid="u1",
        revision=revision,
        began_at=at(began),
        ended_at=None if ended is None else at(ended),
        outcome=outcome or ("running" if running else "succeeded"),
        current=digest if running else None,
        **{"first_version": version, "last_version": version, **more},
    )


def state(of: Release, seconds: float, phase: str, weight: int = 0) -> ReleaseState:
    """One state of it."""
    version = int(seconds) + 1
    return ReleaseState.objects.create(
        release=of, version=version, at=at(seconds), phase=phase, weight=weight
    )


def entry(
    seconds: float, action: str, revision: str = R1, decision: int | None = None, **more: Any
) -> AuditEntry:
    """One entry about payments/checkout."""
    facts = Facts(revision, (), "Progressing", 0, None, "canary", (), "c", at(seconds)) if revision else None
    draft = Draft(
        at=at(seconds),
        action=action,
        outcome=audit.CHANGED,
        actor=Actor("person", "minji"),
        origin=Origin("page"),
        subject=subject("default", "payments", "checkout"),
        cluster="default",
        namespace="payments",
        name="checkout",
        facts=facts,
        decision=decision,
        **more,
    )
    with decisions.deciding([]) as door:
        door.enter(draft)
    return door.entries[0]


def episode(began: float, ended: float | None, revision: str = R1, hook: str = "confirm-rollout") -> Episode:
    """Flagger waited at a hook of payments/checkout."""
    return Episode.objects.create(
        subject=subject("default", "payments", "checkout"),
        cluster="default",
        namespace="payments",
        name="checkout",
        hook=hook,
        revision=revision,
        began_at=at(began),
        ended_at=None if ended is None else at(ended),
    )
