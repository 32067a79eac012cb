"""A canary whose manifest asks every typed hook here, a cluster the tests move, and Flagger's asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from gates import facts
from gates.actions import Request, Subject, perform
from gates.addresses import Address
from gates.audit import Actor, Origin
from gates.confirm_rules import Hook
from gates.decisions import Outcome
from gates.facts import Facts, HookSpec, Unreadable
from gates.hooks import Hooks
from gates.models import AuditEntry
from gates.payload import Call
from gates.webhook import Webhooks

R1, R2 = "a" * 64, "b" * 64
CHECKOUT = Subject("default", "payments", "checkout")


def spec(hook: str, gate: str = "", **metadata: str) -> HookSpec:
    """One typed webhook of the manifest."""
    return HookSpec(hook, hook, hook, gate, {key.replace("_", "-"): value for key, value in metadata.items()})


ALL = tuple(
    spec(hook) for hook in ("confirm-rollout", "confirm-traffic-increase", "confirm-promotion", "rollback")
)


class Cluster:
    """What the cluster says of payments/checkout; `memory` may lag behind `now`."""

    def __init__(self) -> None:
        self.memory: Facts | Unreadable | None = None
        self.now: Facts | Unreadable = Facts(
            R1, ("shop/checkout:2.14.0",), "Waiting", 0, 10, "canary", (), "c0", timezone.now(), ALL
        )

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """What the watch last said."""
        return self.memory or self._fresh()

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """What the API server says."""
        return self._fresh()

    def moves(self, **changes: object) -> None:
        """Change what the cluster says."""
        assert isinstance(self.now, Facts)
        self.now, self.memory = replace(self.now, **changes), None  # type: ignore[arg-type]

    def _fresh(self) -> Facts | Unreadable:
        if isinstance(self.now, Facts):
            return replace(self.now, observed_at=timezone.now() + timedelta(seconds=1))
        return self.now


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """The canary, as the gates see it."""
    source = Cluster()
    facts.provide(source)
    yield source
    facts.provide(None)


class Flagger:
    """Asks as Flagger does, and remembers nothing."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def asks(self, hook: Hook | str, gate: str = "", checksum: str | None = None, **metadata: str) -> str:
        """The line it is told: `Approved`, `OK`, or why not."""
        if checksum is None:
            checksum = self.cluster.now.checksum if isinstance(self.cluster.now, Facts) else ""
        told = {key.replace("_", "-"): value for key, value in metadata.items()}
        call = Call("checkout", "payments", "Progressing", checksum, told or None)
        address = Address(f"/hooks/{hook}", "hook", str(hook), gate)

        async def ask() -> tuple[bool, str]:
            webhooks = Webhooks()
            hooks: Hooks = webhooks.hooks
            try:
                answer = await hooks.answer(address, call, Origin("webhook", "10.0.0.9"))
                await hooks.events.settled()
                return answer
            finally:
                await webhooks.close()

        yes, why = asyncio.run(ask())
        assert yes == (why in {"Approved", "OK"})
        return why


@pytest.fixture
def flagger(cluster: Cluster) -> Flagger:
    """The one who asks."""
    return Flagger(cluster)


def decide(action: str, person: str = "minji", **more: object) -> Outcome:
    """A person's decision on payments/checkout."""
    actor = Actor("token" if person.endswith(" (token)") else "person", person)
    return perform(action, Request(CHECKOUT, actor, Origin("page"), **more))  # type: ignore[arg-type]


def log() -> list[tuple[str, str]]:
    """Every entry so far: what, and by whom."""
    return [(entry.action, entry.actor) for entry in AuditEntry.objects.order_by("seq")]
