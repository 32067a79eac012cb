"""Canaries in a real API server, and an account that may change them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.interventions import rights
from dashboard.store import Store
from tests.cluster.watched import by_kubeconfig
from tests.interventions.live import Between, Loop, until, watched
from tests.support.kube import Kube, path_of
from tests.support.traces import deployment


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page waits 0.15 s for what the account may do; a busy API server may need longer."""
    monkeypatch.setattr(rights, "PATIENCE", 20.0)


@pytest.fixture
def loop() -> Iterator[Loop]:
    """The server's event loop."""
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    """One with nothing in it."""
    name = kube.namespace(f"change-{secrets.token_hex(4)}")
    yield name
    kube.clear(name)


class Shop:
    """One namespace of the test API server, watched."""

    def __init__(self, kube: Kube, namespace: str, store: Store, api: Between) -> None:
        self.kube, self.namespace, self.store, self.api = kube, namespace, store, api

    def add(self, name: str, phase: str = "Progressing", **spec: Any) -> None:
        """A canary with its Deployment, seen by the watch."""
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
        analysis = {"interval": "10s", "threshold": 2, "stepWeights": [10, 50]}
        self.kube.apply(
            deployment(self.namespace, name, "app:2.0.0"),
            {
                "apiVersion": "flagger.app/v1beta1",
                "kind": "Canary",
                "metadata": {"name": name, "namespace": self.namespace},
                "spec": {"targetRef": target, "service": {"port": 80}, "analysis": analysis, **spec},
            },
        )
        self.phase(name, phase)

    def phase(self, name: str, phase: str) -> None:
        """Flagger writes the status."""
        status = {"phase": phase, "canaryWeight": 10, "failedChecks": 0, "iterations": 0}
        self.kube.set_status("Canary", self.namespace, name, status)
        until(lambda: (view := self.view(name)) and view.canary.phase == phase and view.revision)

    def image(self, name: str, image: str) -> None:
        """A pipeline sets another image."""
        self.kube.apply(deployment(self.namespace, name, image))

    def view(self, name: str) -> Any:
        """As the pages have it."""
        return self.store.get(self.namespace, name)

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """As the API server has it."""
        return self.kube.request("GET", path_of(kind, self.namespace, name))

    def spec(self, name: str) -> dict[str, Any]:
        """The Canary's spec."""
        found: dict[str, Any] = self.get("Canary", name)["spec"]
        return found


@pytest.fixture
def shop(kube: Kube, namespace: str, loop: Loop, transactional_db: None) -> Iterator[Shop]:
    """Watched by an account that may patch."""
    with watched(by_kubeconfig(kube.kubeconfig("changer")), loop) as (store, api):
        yield Shop(kube, namespace, store, api)


@pytest.fixture
def barred(kube: Kube, namespace: str, loop: Loop, transactional_db: None) -> Iterator[Shop]:
    """Watched by an account that may only look."""
    with watched(by_kubeconfig(kube.kubeconfig("reader")), loop) as (store, api):
        yield Shop(kube, namespace, store, api)
