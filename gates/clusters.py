"""Which clusters this Aviary is for, in the operator's order, and the addresses of their pages."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from gates.keys import DEFAULT_CLUSTER


def names() -> tuple[str, ...]:
    """All of them; one at least."""
    return tuple(settings.CLUSTERS)


def several() -> bool:
    """Whether people must be told which one is meant."""
    return len(settings.CLUSTERS) > 1


def address(page: str, cluster: str, *args: str) -> str:
    """The path of a canary's page; raises NoReverseMatch for names that no canary can have."""
    return reverse(page, args=args if cluster == DEFAULT_CLUSTER else (cluster, *args))
