"""What a real Flagger did, replayed through a real kube-apiserver without waiting the recorded times.

`replay(kube, "seed-steps")` yields after every write with what is then true, worked out from the
recording alone: a test compares it with the store, the page or the API.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.kube import Kube
from tests.support.tiers import ROOT

FOLDER = ROOT / "tests" / "traces"
NAMES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
FIRST_IMAGE = "app:1.0.0"
KINDS = {"canary": "Canary", "virtualservice": "VirtualService", "httproute": "HTTPRoute"}

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """After one recorded change. `gone`: the canary has been deleted. `old`, `new`: the primary's and
    the target's image. `weight`: what the routing object gives the canary, else the status."""

    number: int
    record: Record
    namespace: str
    name: str
    gone: bool
    phase: str
    weight: int
    failed_checks: int
    iteration: int
    checksum: str | None
    old: str
    new: str


def records(trace: str) -> list[Record]:
    """Every line of a recording, in order of time."""
    return [json.loads(line) for line in (FOLDER / f"{trace}.jsonl").read_text().splitlines()]


def deployment(namespace: str, name: str, image: str, replicas: int = 1) -> Record:
    """A Deployment as the recordings had it."""
    container = {"name": "app", "image": image, "ports": [{"containerPort": 38080, "name": "http"}]}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


@dataclass(slots=True)
class _Replay:
    kube: Kube
    namespace: str
    name: str = ""
    status: Record = field(default_factory=dict)
    route: Record | None = None
    gone: bool = False
    deleting: bool = False
    old: str = ""
    new: str = FIRST_IMAGE

    def take(self, record: Record) -> bool:
        """Write what the record says; true when something in the cluster changed."""
        kind = KINDS.get(record["kind"])
        if kind == "Canary":
            return self._canary(record["type"], record["object"])
        if kind:
            return self._route(kind, record["type"], record["object"])
        if record["kind"] == "action" and record["action"] == "image":
            self.new = record["argument"]
            self.kube.apply(deployment(self.namespace, self.name, self.new))
            return True
        return False

    def _canary(self, change: str, thing: Record) -> bool:
        meta = thing["metadata"]
        if change == "ADDED":
            self.name = meta["name"]
            self.kube.apply(deployment(self.namespace, self.name, self.new))
            self.kube.apply(self._own(thing))
        elif change == "DELETED":
            self.kube.merge("Canary", self.namespace, self.name, {"metadata": {"finalizers": []}})
            self.gone = True
            return True
        elif finalizers := meta.get("finalizers"):
            self.kube.merge("Canary", self.namespace, self.name, {"metadata": {"finalizers": finalizers}})
        if meta.get("deletionTimestamp") and not self.deleting:
            self.deleting = True
            self.kube.delete("Canary", self.namespace, self.name)
        self._status(thing.get("status", {}))
        return True

    def _status(self, status: Record) -> None:
        before, self.status = self.status, status
        if status:
            self.kube.set_status("Canary", self.namespace, self.name, status)
        phase = status.get("phase", "")
        first = phase == "Initializing" and not self.old
        promoted = phase in ("Promoting", "Succeeded") and before.get("phase") != phase
        if first or promoted:
            # Flagger copies the target's template: at the start, and when it promotes.
            self.old = self.new
            self.kube.apply(deployment(self.namespace, f"{self.name}-primary", self.old))

    def _route(self, kind: str, change: str, thing: Record) -> bool:
        if change == "DELETED":
            self.kube.delete(kind, self.namespace, thing["metadata"]["name"])
            self.route = None
        else:
            self.route = thing["spec"]
            self.kube.apply(self._own(thing))
        return True

    def _own(self, thing: Record) -> Record:
        """The object as its author would apply it, in this replay's namespace."""
        meta = {key: thing["metadata"][key] for key in ("name", "annotations") if key in thing["metadata"]}
        return {
            "apiVersion": thing["apiVersion"],
            "kind": thing["kind"],
            "metadata": {**meta, "namespace": self.namespace},
            "spec": thing["spec"],
        }

    def weight(self) -> int:
        """What the first rule of the routing object gives the canary; without one, what the status says."""
        if self.route is None:
            return int(self.status.get("canaryWeight", 0))
        if "rules" in self.route:
            shares = {one["name"]: one["weight"] for one in self.route["rules"][0]["backendRefs"]}
        else:
            shares = {one["destination"]["host"]: one["weight"] for one in self.route["http"][0]["route"]}
        return int(shares[f"{self.name}-canary"])


def replay(kube: Kube, trace: str, namespace: str = "") -> Iterator[Step]:
    """Write a recording's changes one by one, into `namespace` (else the recorded one), emptied first.

    `checksum` of a step is the one of the next webhook, where that is asked before the next change.
    """
    lines = records(trace)
    recorded = next(line["object"]["metadata"]["namespace"] for line in lines if line["kind"] == "canary")
    state = _Replay(kube, kube.namespace(namespace or recorded))
    kube.clear(state.namespace)
    for number, line in enumerate(lines):
        if not state.take(line):
            continue
        status = state.status
        yield Step(
            number=number,
            record=line,
            namespace=state.namespace,
            name=state.name,
            gone=state.gone,
            phase=status.get("phase", ""),
            weight=state.weight(),
            failed_checks=status.get("failedChecks", 0),
            iteration=status.get("iterations", 0),
            checksum=_asked(lines[number + 1 :]),
            old=state.old,
            new=state.new,
        )


def _asked(following: list[Record]) -> str | None:
    """The checksum that Flagger sends before it changes anything again."""
    for line in following:
        if line["kind"] == "webhook":
            checksum: str = json.loads(line["body"])["checksum"]
            return checksum
        if line["kind"] in KINDS:
            return None
    return None
