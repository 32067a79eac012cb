"""Small objects around the canary `test/podinfo`."""

from __future__ import annotations

import json
from typing import Any

from dashboard.around.parsers import PARSERS, Item
from dashboard.around.routing import Routing
from dashboard.around.surroundings import Surroundings
from dashboard.canary import Canary, parse
from tests.support.traces import FOLDER, Record, records

Raw = dict[str, Any]
KEY = ("test", "podinfo")


def recorded() -> list[Record]:
    """The objects that a real Flagger left after a release."""
    items: list[Record] = json.loads((FOLDER / "objects-all-gates.json").read_text())["items"]
    return items


def events(trace: str) -> list[Record]:
    """The Events of a recording, as the watch gave them."""
    return [line["object"] for line in records(trace) if line["kind"] == "event"]


def thing(name: str, spec: Raw | None = None, namespace: str = "test", **more: Any) -> Raw:
    """Any object; `annotations` go to its metadata."""
    meta: Raw = {"namespace": namespace, "name": name}
    if "annotations" in more:
        meta["annotations"] = more.pop("annotations")
    return {"metadata": meta, "spec": spec or {}, **more}


def service(name: str, namespace: str = "test", **spec: Any) -> Raw:
    """A Service."""
    return thing(name, {"selector": {"app": name}, "ports": [{"port": 80}], **spec}, namespace)


def virtual_service(name: str, *http: Raw, namespace: str = "test", **spec: Any) -> Raw:
    """A VirtualService."""
    return thing(name, {"http": list(http), **spec}, namespace)


def to(*hosts: str, **weights: int) -> Raw:
    """A rule of a VirtualService; `to("a")`, or `to(a=90, b=10)` with `_` for `-`."""
    route: list[Raw] = [{"destination": {"host": host}} for host in hosts]
    for host, weight in weights.items():
        route.append({"destination": {"host": host.replace("_", "-")}, "weight": weight})
    return {"route": route}


SPLIT = to(podinfo_primary=90, podinfo_canary=10)


def event(name: str, canary: str = "podinfo", uid: str = "u1", second: int = 0, **more: Any) -> Raw:
    """An Event about a canary."""
    about = {"kind": "Canary", "namespace": "test", "name": canary, "uid": uid}
    at = f"2026-11-24T14:{second // 60:02}:{second % 60:02}Z"
    said = {
        "type": "Normal",
        "reason": "Synced",
        "message": "said",
        "firstTimestamp": at,
        "lastTimestamp": at,
    }
    return thing(name, involvedObject=about, **{**said, **more})


def canary(uid: str = "u1", generation: int = 0, name: str = "podinfo", **spec: Any) -> Canary:
    """A canary whose target is a Deployment of its name, unless `spec` says otherwise."""
    whole = {"targetRef": {"kind": "Deployment", "name": name}, "analysis": {"stepWeights": [10, 50]}, **spec}
    meta = {"namespace": "test", "name": name, "uid": uid, "generation": generation}
    return parse("default", {"metadata": meta, "spec": whole})


def put(around: Surroundings, kind: str, *raws: Raw, whole: bool = False) -> None:
    """Take in these objects as the watch would."""
    around.apply(kind, [read(kind, raw) for raw in raws], whole=whole)


def read(kind: str, raw: Raw) -> Item:
    """Parsed as the watch would."""
    return PARSERS[kind](raw)


def routing(kind: str, raw: Raw) -> Routing:
    """A routing object, parsed."""
    found = read(kind, raw)
    assert isinstance(found, Routing)
    return found


def ingress(name: str, backend: str, prefix: str = "nginx.ingress.kubernetes.io", **annotations: str) -> Raw:
    """An Ingress of `shop.example.com`; `canary_weight` is the annotation `canary-weight`."""
    said = {f"{prefix}/{each.replace('_', '-')}": text for each, text in annotations.items()}
    service = {"service": {"name": backend, "port": {"name": "http"}}}
    paths = [{"path": "/x", "pathType": "Prefix", "backend": service}]
    rules = [{"host": "shop.example.com", "http": {"paths": paths}}]
    return thing(name, {"ingressClassName": "nginx", "rules": rules}, annotations=said)
