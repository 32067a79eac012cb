"""Freezes: made, lifted, and canaries exempted from them, by admins; who is frozen now."""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase

from gates.confirm_rules import FreezeWindow
from gates.models import Freeze


def matches(patterns: str, name: str) -> bool:
    """`name` is meant by one of the comma-separated patterns (`*` and `?`)."""
    return any(fnmatchcase(name, part.strip()) for part in patterns.split(",") if part.strip())


def current(now: datetime) -> list[Freeze]:
    """Every freeze that holds at `now`."""
    found = Freeze.objects.filter(starts_at__lte=now, ends_at__gt=now, lifted_at__isnull=True)
    return list(found.prefetch_related("exemptions"))


def windows(cluster: str, namespace: str, name: str, now: datetime) -> list[FreezeWindow]:
    """The freezes that hold one canary now."""
    return [
        FreezeWindow(freeze.ends_at, freeze.reason, freeze.in_flight)
        for freeze in current(now)
        if covers(freeze, cluster, namespace, name)
    ]


def covers(freeze: Freeze, cluster: str, namespace: str, name: str) -> bool:
    """The freeze names this canary, and nobody exempted it."""
    if not (matches(freeze.namespaces, namespace) and matches(freeze.canaries, name)):
        return False
    exempt = {(each.cluster, each.namespace, each.name) for each in freeze.exemptions.all()}
    return (cluster, namespace, name) not in exempt
