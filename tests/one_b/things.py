"""What tells of a canary named `test/rising`: rows and objects made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.around.events import ClusterEvent
from dashboard.models import Release, ReleaseState
from gates.confirm_rules import Hook
from gates.keys import DEFAULT_CLUSTER, subject
from gates.models import FlaggerEvent

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OWN = {"cluster": DEFAULT_CLUSTER, "namespace": "test", "name": "rising"}
SUBJECT = subject(DEFAULT_CLUSTER, "test", "rising")


def at(seconds: float) -> datetime:
    """Seconds after the canary's phase began."""
    return START + timedelta(seconds=seconds)


def call(seconds: float, message: str, *, warning: bool = False, hook: Hook = Hook.EVENT) -> FlaggerEvent:
    """One row of the event hook, saved."""
    return FlaggerEvent.objects.create(
        subject=SUBJECT,
        at=at(seconds),
        hook=hook,
        phase="Progressing",
        warning=warning,
        message=message,
        **OWN,
    )


def event(seconds: int, message: str, count: int = 1, last: int | None = None, **more: Any) -> ClusterEvent:
    """One Event of Kubernetes."""
    until = at(seconds if last is None else last)
    fields = {"canary_uid": "", "warning": False, "reason": "Synced", **more}
    return ClusterEvent(
        namespace="test",
        name=f"rising.{seconds}.{message[:20]}",
        canary="rising",
        message=message,
        count=count,
        first=at(seconds),
        last=until,
        **fields,
    )


def release(begin: float, revision: str, states: Iterable[tuple[float, str, int, int]]) -> Release:
    """A release with its states: second, phase, weight, failed checks."""
    made = Release.objects.create(subject=SUBJECT, revision=revision, began_at=at(begin), **OWN)
    for number, (second, phase, weight, failed) in enumerate(states):
        ReleaseState.objects.create(
            release=made,
            at=at(second),
            phase=phase,
            weight=weight,
            failed_checks=failed,
            version=number,
        )
    return made
