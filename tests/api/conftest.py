"""A cluster with two canaries, and clients that call the REST API as somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from dashboard import stores
from dashboard.canary import parse
from dashboard.store import CANARY, Reach, Store
from gates import facts
from gates.facts import Facts, Unreadable
from tests.support import views
from tests.support.people import People

REVISION = "a" * 64
OTHER = "b" * 64


def manifest(namespace: str, name: str, phase: str = "Waiting") -> dict[str, Any]:
    """A Canary as the API server gives it, with one webhook whose address carries a token."""
    return {
        "metadata": {"namespace": namespace, "name": name, "uid": f"uid-{name}", "generation": 1},
        "spec": {
            "provider": "istio",
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "service": {"port": 80},
            "analysis": {
                "interval": "10s",
                "threshold": 5,
                "maxWeight": 50,
                "stepWeight": 10,
                "webhooks": [
                    {
                        "name": "ask",
                        "type": "confirm-rollout",
                        "url": "http://aviary/t/s3cret-token/gate/check?token=s3cret-too",
                        "timeout": "15s",
                    }
                ],
            },
        },
        "status": {"phase": phase, "canaryWeight": 0, "failedChecks": 1, "iterations": 0},
    }


class Source:
    """What the gates are told about every canary but those that are missing."""

    def __init__(self) -> None:
        self.revision, self.phase = REVISION, "Progressing"

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """The same for all."""
        if stores.every()[0].get(namespace, name) is None:
            return Unreadable("there is no such canary", missing=True)
        return Facts(
            revision=self.revision,
            images=("shop/checkout:2.14.0",),
            phase=self.phase,
            weight=20,
            next_weight=30,
            strategy="canary",
            hooks=("confirm-rollout",),
            checksum="c0",
            observed_at=datetime.now(UTC),
        )

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """As from memory."""
        return self.current(cluster, namespace, name)


@pytest.fixture
def source() -> Iterator[Source]:
    """The facts, which a test may move."""
    source = Source()
    facts.provide(source)
    yield source
    facts.provide(None)


@pytest.fixture
def store(source: Source) -> Iterator[Store]:
    """A cluster that is followed: payments/checkout waits, catalog/search has succeeded."""
    store = Store("default", "test")
    pair = (manifest("payments", "checkout"), manifest("catalog", "search", "Succeeded"))
    store.apply(CANARY, [parse("default", raw) for raw in pair], whole=True)
    store.set_freshness(Reach.LIVE)
    with views.shown(store):
        yield store


@pytest.fixture
def as_token() -> Callable[[Any], APIClient]:
    """`as_token(user)`: a script with that user's token."""

    def client(user: Any) -> APIClient:
        _row, token = AuthToken.objects.create(user)
        client = APIClient(enforce_csrf_checks=True)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    return client


@pytest.fixture
def alice(store: Store, people: People, as_token: Callable[[Any], APIClient]) -> APIClient:
    """An approver's script."""
    return as_token(people.alice)


@pytest.fixture
def victor(store: Store, people: People, as_token: Callable[[Any], APIClient]) -> APIClient:
    """A viewer's script."""
    return as_token(people.victor)
