"""Releases made by hand, as the recorder would have kept them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.models import Release, ReleaseState
from gates.audit import SYSTEM_ORIGIN, Actor, Draft, append, lock_head
from gates.facts import Facts
from gates.keys import DEFAULT_CLUSTER, subject
from gates.models import AuditEntry

BEGAN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NEW, OLD = "b" * 64, "a" * 64
DIFF = """\
--- primary
+++ target
@@ containers/app @@
-  image: shop/checkout:2.13.4
+  image: shop/checkout:2.14.0
"""
# Seconds, phase, weight, failed checks, iteration.
Step = tuple[float, str, int, int, int]
USUAL: tuple[Step, ...] = (
    (0, "Waiting", 0, 0, 0),
    (130, "Progressing", 0, 0, 0),
    (190, "Progressing", 10, 0, 0),
    (250, "Progressing", 25, 0, 0),
    (310, "Progressing", 25, 1, 0),
    (370, "Progressing", 50, 1, 0),
    (430, "WaitingPromotion", 50, 1, 0),
    (700, "Promoting", 50, 1, 0),
    (710, "Finalising", 0, 1, 0),
    (720, "Succeeded", 0, 1, 0),
)
ENDS = {"Succeeded": "succeeded", "Failed": "failed"}


def release(
    name: str = "checkout",
    namespace: str = "payments",
    steps: Sequence[Step] = USUAL,
    *,
    began: datetime = BEGAN,
    **columns: Any,
) -> Release:
    """Kept with its states; it is over when its last step says so."""
    last = steps[-1] if steps else (0.0, "", 0, 0, 0)
    outcome = columns.pop("outcome", ENDS.get(last[1], "running"))
    running = outcome == "running"
    own = subject(DEFAULT_CLUSTER, namespace, name)
    made = Release.objects.create(
        **{
            "subject": own,
            "cluster": DEFAULT_CLUSTER,
            "namespace": namespace,
            "name": name,
            "current": own if running else None,
            "revision": NEW,
            "previous": OLD,
            "images": [["app", "shop/checkout:2.13.4", "shop/checkout:2.14.0"]],
            "changes": DIFF,
            "strategy": "canary",
            "steps": [10, 25, 50],
            "threshold": 5,
            "first_version": int(began.timestamp()),
            "began_at": began,
            "started_at": began + timedelta(seconds=130),
            "ended_at": None if running else began + timedelta(seconds=last[0]),
            "outcome": outcome,
            "reached": max((step[2] for step in steps), default=0),
            "failed_checks": max((step[3] for step in steps), default=0),
            "settled": not running,
        }
        | columns
    )
    ReleaseState.objects.bulk_create(
        ReleaseState(
            release=made,
            version=number,
            at=began + timedelta(seconds=seconds),
            phase=phase,
            weight=weight,
            failed_checks=failed,
            iteration=iteration,
        )
        for number, (seconds, phase, weight, failed, iteration) in enumerate(steps, 1)
    )
    return made


def entry(about: Release, action: str, actor: str, seconds: float, **more: Any) -> AuditEntry:
    """An entry of the log about a release, `seconds` after it began."""
    from django.db import transaction

    kind = {"Aviary": "system", "Flagger": "webhook"}.get(actor, "person")
    known = Facts(
        revision=more.pop("revision", about.revision),
        images=("shop/checkout:2.14.0",),
        phase="Waiting",
        weight=0,
        next_weight=10,
        strategy="canary",
        hooks=(),
        checksum="",
        observed_at=about.began_at,
    )
    draft = Draft(
        at=about.began_at + timedelta(seconds=seconds),
        action=action,
        outcome=more.pop("outcome", "changed"),
        actor=Actor(kind, actor),
        origin=SYSTEM_ORIGIN,
        subject=about.subject,
        cluster=about.cluster,
        namespace=about.namespace,
        name=about.name,
        facts=known,
        **{"kind": "confirm-rollout"} | more,
    )
    with transaction.atomic():
        return append(lock_head(), [draft])[0]


def approved(
    about: Release, actor: str = "hana", seconds: float = 100, reason: str = "window is open"
) -> AuditEntry:
    """Approved, and answered 22 s later."""
    given = entry(about, "approval.granted", actor, seconds, reason=reason)
    entry(about, "answer.approved", "Flagger", seconds + 22, decision=given.seq)
    return given
