"""A canary whose manifest asks the typed hooks, on a real API server, and a Flagger that asks for it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support import traces, views
from tests.support.kube import Kube
from tests.support.server import Server

NAMESPACE = "typed"
NUMBERS = itertools.count(1)
Policies = dict[str, dict[str, str]]


@dataclass(slots=True)
class Shop:
    """One canary of its own; `policies` are the metadata of its hooks, by type."""

    kube: Kube
    server: Server
    policies: Policies
    name: str = field(default_factory=lambda: f"shop-{next(NUMBERS)}")

    def __post_init__(self) -> None:
        self.kube.namespace(NAMESPACE)
        self.image("shop/cart:2.0")
        self.image("shop/cart:1.0", "-primary")

    @property
    def key(self) -> str:
        """As the pages write it."""
        return f"{NAMESPACE}/{self.name}"

    @property
    def address(self) -> str:
        """Its page."""
        return f"/canaries/{self.key}"

    def image(self, image: str, suffix: str = "") -> None:
        """What the target runs, or with a suffix another workload."""
        self.kube.apply(traces.deployment(NAMESPACE, self.name + suffix, image))

    def write(self, phase: str, weight: int = 0, applied: str = "5d8") -> None:
        """The canary as Flagger would leave it; `applied` names the release that runs."""
        canary = views.raw(self.name, NAMESPACE, phase, weight=weight, message=phase)
        canary["spec"]["analysis"]["webhooks"] = [self._webhook(hook) for hook in self.policies]
        status = canary.pop("status") | {"lastAppliedSpec": applied}
        canary["metadata"] = {"name": self.name, "namespace": NAMESPACE}
        self.kube.apply(canary)
        for condition in status["conditions"]:
            condition |= {"status": "Unknown", "lastTransitionTime": condition["lastUpdateTime"]}
        self.kube.set_status("Canary", NAMESPACE, self.name, status)

    def asks(self, hook: str, phase: str, checksum: str = "") -> tuple[int, str]:
        """What Flagger is told now."""
        body = {"name": self.name, "namespace": NAMESPACE, "phase": phase, "checksum": checksum}
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.post(
                f"{self.server.url}/hooks/{hook}", json=body | {"metadata": self.policies[hook]}
            )
        return answer.status_code, answer.text.strip()

    def _webhook(self, hook: str) -> dict[str, Any]:
        url = f"{self.server.url}/hooks/{hook}"
        return {"type": hook, "name": hook, "url": url, "timeout": "5s", "metadata": self.policies[hook]}
