"""A canary that the tests can move, and short ways to say what is done to its gates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from gates import facts
from gates.facts import Facts, Unreadable

REVISION = "a" * 64
OTHER = "b" * 64


def known(**changes: object) -> Facts:
    """Facts of payments/checkout, waiting for its start."""
    base = Facts(
        revision=REVISION,
        images=("shop/checkout:2.14.0",),
        phase="Waiting",
        weight=0,
        next_weight=10,
        strategy="canary",
        hooks=("confirm-rollout", "rollback"),
        checksum="c0",
        observed_at=timezone.now() + timedelta(seconds=1),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


class Cluster:
    """A facts source whose answers the test sets; `memory` may lag behind `now`."""

    def __init__(self) -> None:
        self.now: Facts | Unreadable = known()
        self.memory: Facts | Unreadable | None = None

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """What the watch last said."""
        return self.memory or self.now

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """What the API server says."""
        return self.now

    def moves(self, **changes: object) -> None:
        """Change what both say."""
        self.now, self.memory = known(**changes), None


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """The canary, as the gates see it."""
    source = Cluster()
    facts.provide(source)
    yield source
    facts.provide(None)


@pytest.fixture
def later() -> datetime:
    """A moment after the decisions of the test."""
    return timezone.now() + timedelta(seconds=1)
