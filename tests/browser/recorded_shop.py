"""What a real Flagger left around a canary, in a real API server, and a Flagger that goes on from there."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.around import things
from tests.cluster.recorded import own
from tests.support.kube import Kube, path_of
from tests.support.server import Server
from tests.support.traces import Record, deployment

NAMESPACE = "recorded"
NUMBERS = itertools.count(1)
# Flagger's names of the revision before and of the one that comes.
BEFORE, AFTER = "5d7b69d465", "7cddbd648d"
# What Flagger's condition says, as recorded.
MESSAGES = {
    "Initialized": "Deployment initialization completed.",
    "Waiting": "Waiting for approval.",
    "Progressing": "New revision detected, progressing canary analysis.",
    "WaitingPromotion": "Waiting for approval.",
    "Promoting": "Canary analysis completed, starting primary rolling update.",
    "Finalising": "Canary analysis completed, routing all traffic to primary.",
    "Succeeded": "Canary analysis completed successfully, promotion finished.",
}
ASKED = (
    "confirm-rollout", "confirm-traffic-increase", "confirm-promotion", "rollback", "post-rollout", "event",
)  # fmt: skip


@dataclass(slots=True)
class Shop:
    """The recorded Canary under a name of its own, with all that Flagger made; its hooks ask `server`.

    `analysis` and `service` are added to the recorded spec. Made as Flagger left it: initialised.
    """

    kube: Kube
    server: Server
    analysis: Record = field(default_factory=dict)
    service: Record = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"shop-{next(NUMBERS)}")
    weight: int = 0
    condition: Record = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kube.namespace(NAMESPACE)
        self.kube.apply(self._recorded("Canary", self.name))
        self.image("app:1.0.0")
        self.image("app:1.0.0", "-primary")
        for suffix in ("", "-primary", "-canary"):
            self.kube.apply(self._recorded("Service", self.name + suffix))
        self.route(0)
        self.status("Initialized")

    @property
    def key(self) -> str:
        """As the pages write it."""
        return f"{NAMESPACE}/{self.name}"

    @property
    def address(self) -> str:
        """Its page."""
        return f"/canaries/{self.key}"

    def image(self, image: str, suffix: str = "", ready: int = 2, **env: str) -> None:
        """What the target runs, or with a suffix another workload: `ready` of two pods are."""
        thing = deployment(NAMESPACE, self.name + suffix, image, replicas=2)
        container = thing["spec"]["template"]["spec"]["containers"][0]
        container["env"] = [{"name": name, "value": value} for name, value in env.items()]
        self.kube.apply(self._owned(thing) if suffix else thing)
        counts = {"replicas": 2, "readyReplicas": ready, "availableReplicas": ready, "updatedReplicas": 2}
        self.kube.set_status("Deployment", NAMESPACE, self.name + suffix, counts)

    def route(self, weight: int) -> None:
        """The VirtualService gives the canary that share."""
        thing = self._recorded("VirtualService", self.name)
        primary, canary = thing["spec"]["http"][0]["route"]
        primary["weight"], canary["weight"], self.weight = 100 - weight, weight, weight
        if self.service.get("delegation"):
            # Flagger leaves hosts and gateways to whoever delegates.
            thing["spec"] = {"http": thing["spec"]["http"]}
        self.kube.apply(thing)

    def status(self, phase: str, weight: int = 0, failed: int = 0) -> None:
        """Flagger writes the status."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        ended = phase in ("Initialized", "Succeeded")
        promoted = "True" if ended else "Unknown"
        before = self.condition
        if before.get("reason") != phase:
            # It has been so since the phase came, and known or not known since that changed.
            changed = before["lastTransitionTime"] if before.get("status") == promoted else now
            self.condition = {
                "type": "Promoted",
                "status": promoted,
                "reason": phase,
                "message": MESSAGES[phase],
                "lastUpdateTime": now,
                "lastTransitionTime": changed,
            }
        applied = BEFORE if phase in ("Initialized", "Waiting") else AFTER
        status = {
            "phase": phase,
            "canaryWeight": weight,
            "failedChecks": failed,
            "iterations": 0,
            "lastAppliedSpec": applied,
            "lastPromotedSpec": applied if ended else BEFORE,
            "lastTransitionTime": now,
            "conditions": [self.condition],
        }
        self.kube.set_status("Canary", NAMESPACE, self.name, status)

    def step(self, weight: int, failed: int = 0) -> None:
        """Flagger moves the traffic: the route first, then the status."""
        self.route(weight)
        self.status("Progressing", weight, failed)

    def promote(self, image: str) -> None:
        """From the promotion to the end, as recorded."""
        self.image(image, "-primary")
        self.status("Promoting", self.weight)
        self.route(0)
        self.status("Finalising")
        self.status("Succeeded")

    def asks(self, hook: str, phase: str, **metadata: str) -> tuple[int, str]:
        """What Flagger is told now."""
        body = {"name": self.name, "namespace": NAMESPACE, "phase": phase, "checksum": "685d66766"}
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.post(f"{self.server.url}/hooks/{hook}", json=body | {"metadata": metadata})
        return answer.status_code, answer.text.strip()

    def says(self, message: str, kind: str = "Normal") -> None:
        """Flagger tells the event hook, and makes an Event of it."""
        now = time.time_ns()
        self.asks(
            "event", "Progressing", eventMessage=message, eventType=kind, timestamp=str(now // 1_000_000)
        )
        whole = f"{datetime.fromtimestamp(now // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"
        canary = self.read("Canary")
        about = {
            "kind": "Canary",
            "namespace": NAMESPACE,
            "name": self.name,
            "uid": canary["metadata"]["uid"],
        }
        self.kube.apply(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": f"{self.name}.{now:x}", "namespace": NAMESPACE},
                "involvedObject": about,
                "type": kind,
                "reason": "Synced",
                "message": message,
                "count": 1,
                "firstTimestamp": whole,
                "lastTimestamp": whole,
                "source": {"component": "flagger"},
            }
        )

    def read(self, kind: str) -> dict[str, Any]:
        """As the API server has it."""
        return self.kube.request("GET", path_of(kind, NAMESPACE, self.name))

    def _recorded(self, kind: str, name: str) -> Record:
        """The recorded object of that kind, for this canary."""
        for item in things.recorded():
            made: Record = json.loads(json.dumps(item).replace("test-api", self.name))
            if (made["kind"], made["metadata"]["name"]) == (kind, name):
                owned = "ownerReferences" in made["metadata"]
                made = {key: value for key, value in own(made).items() if key != "status"}
                made["metadata"]["namespace"] = NAMESPACE
                return self._canary(made) if kind == "Canary" else self._owned(made) if owned else made
        raise LookupError(f"no {kind} {name} among the recorded objects")

    def _canary(self, made: Record) -> Record:
        made["spec"]["analysis"] |= self.analysis
        made["spec"]["service"] |= self.service
        for hook in made["spec"]["analysis"]["webhooks"]:
            if hook["type"] in ASKED:
                hook["url"] = f"{self.server.url}/hooks/{hook['type']}"
        return made

    def _owned(self, thing: Record) -> Record:
        """Made by Flagger for the canary."""
        owner = {
            "apiVersion": "flagger.app/v1beta1",
            "kind": "Canary",
            "name": self.name,
            "uid": self.read("Canary")["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
        return {**thing, "metadata": {**thing["metadata"], "ownerReferences": [owner]}}
