"""A freeze that an administrator makes, over the same canary as the typed hooks' tests."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from gates import freezing
from gates.access_rights import EVERYTHING
from gates.audit import Actor, Origin
from gates.freezing import Caller, Wanted
from gates.models import Freeze
from tests.typed.conftest import cluster, flagger

__all__ = ["ADA", "cluster", "flagger", "freeze", "hence"]

ADA = Caller(Actor("person", "ada"), Origin("page", "10.0.0.2"), EVERYTHING)


def hence(**distance: float) -> datetime:
    """That much later than now."""
    return timezone.now() + timedelta(**distance)


def freeze(**more: object) -> Freeze:
    """A freeze of the payments for the next hour, because of incident 4711."""
    wanted: dict[str, object] = {
        "namespaces": "pay*", "reason": "incident 4711", "ends_at": hence(hours=1),
    }  # fmt: skip
    return freezing.create(Wanted(**(wanted | more)), ADA)  # type: ignore[arg-type]
