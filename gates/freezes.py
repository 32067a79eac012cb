"""Freezes as they hold now: which of them, and for which canaries. Made and lifted in `freezing.py`."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from gates.confirm_rules import FreezeWindow
from gates.models import Exemption, Freeze
from gates.patterns import matches, parts

MOST_PAST = 100


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
    return names(freeze, namespace, name) and exemption(freeze, cluster, namespace, name) is None


def names(freeze: Freeze, namespace: str, name: str) -> bool:
    """The patterns mean this canary, exempted or not."""
    return matches(parts(freeze.namespaces), namespace) and matches(parts(freeze.canaries), name)


def exemption(freeze: Freeze, cluster: str, namespace: str, name: str) -> Exemption | None:
    """Why the freeze does not hold this canary, if somebody exempted it."""
    wanted = (cluster, namespace, name)
    return next((it for it in freeze.exemptions.all() if (it.cluster, it.namespace, it.name) == wanted), None)


def listed(now: datetime) -> tuple[list[Freeze], list[Freeze], list[Freeze]]:
    """Current, coming (the next one first) and past freezes (the last one first, at most MOST_PAST)."""
    kept = Freeze.objects.prefetch_related("exemptions")
    ahead = list(kept.filter(ends_at__gt=now, lifted_at__isnull=True).order_by("starts_at", "id"))
    past = kept.filter(Q(ends_at__lte=now) | Q(lifted_at__isnull=False)).order_by("-starts_at", "-id")
    begun = [freeze for freeze in ahead if freeze.starts_at <= now]
    return begun, [freeze for freeze in ahead if freeze.starts_at > now], list(past[:MOST_PAST])
