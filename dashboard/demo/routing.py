"""Who gets how much traffic: the VirtualService or HTTPRoute that Flagger makes and turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.demo import affinity
from dashboard.demo.state import HTTPROUTES, VIRTUALSERVICES, Missing, Object, Resource
from dashboard.demo.turn import Turn
from dashboard.demo.workloads import owned_by

Shares = tuple[tuple[str, int], ...]


def reconcile(turn: Turn) -> None:
    """Make the routing object if there is none, with all traffic on the primary."""
    resource = _resource(turn)
    if resource is None:
        return
    try:
        turn.cluster.get(resource, turn.namespace, turn.target)
    except Missing:
        metadata = {**owned_by(turn.canary), "name": turn.target}
        spec = _http_route(turn, 0) if resource is HTTPROUTES else _virtual_service(turn, _rules(turn, 0))
        turn.cluster.create(resource, {"metadata": metadata, "spec": spec})


def weight(turn: Turn) -> int:
    """The canary's share in per cent; 0 where there is no routing object (provider kubernetes)."""
    spec = _spec(turn)
    if not spec:
        return 0
    if "rules" in spec:
        return int(spec["rules"][0]["backendRefs"][1]["weight"])
    # With session affinity the first rule is the sticky one; in A/B testing the last one has no canary.
    rule = spec["http"][1 if "sessionAffinity" in turn.analysis and len(spec["http"]) > 1 else 0]
    return int(rule["route"][1]["weight"])


def mirrored(turn: Turn) -> bool:
    """The canary gets a copy of the requests."""
    return any("mirror" in rule for rule in _spec(turn).get("http", []))


def set_weight(turn: Turn, canary: int, *, mirror: bool = False) -> None:
    """Send that share to the canary, the rest to the primary; `mirror`: and the canary a copy."""
    resource = _resource(turn)
    if resource is None:
        return
    if resource is HTTPROUTES:
        spec = _http_route(turn, canary)
    else:
        rules = _rules(turn, canary)
        if "sessionAffinity" in turn.analysis:
            rules = affinity.rules(turn, rules[0], canary)
        if mirror:
            copied = turn.analysis.get("mirrorWeight")
            percentage = {"mirrorPercentage": {"value": copied}} if copied else {}
            rules[0] = {**rules[0], "mirror": {"host": f"{turn.target}-canary"}, **percentage}
        spec = _virtual_service(turn, rules)
    turn.cluster.patch(resource, turn.namespace, turn.target, {"spec": spec})


def _resource(turn: Turn) -> Resource | None:
    if turn.provider == "kubernetes":
        return None
    return HTTPROUTES if turn.provider.startswith("gatewayapi") else VIRTUALSERVICES


def _spec(turn: Turn) -> Object:
    """As it is in the cluster; empty before there is one."""
    resource = _resource(turn)
    if resource is None:
        return {}
    try:
        spec: Object = turn.cluster.get(resource, turn.namespace, turn.target)["spec"]
    except Missing:
        return {}
    return spec


def _shares(turn: Turn, canary: int) -> Shares:
    return (f"{turn.target}-primary", 100 - canary), (f"{turn.target}-canary", canary)


def _virtual_service(turn: Turn, rules: list[dict[str, Any]]) -> dict[str, Any]:
    service = turn.spec["service"]
    hosts, gateways = service.get("hosts", []), service.get("gateways", ["mesh"])
    if turn.target not in hosts and "*" not in hosts:
        hosts = [*hosts, turn.target]
    if service.get("delegation"):
        # The VirtualService that delegates to this one has them.
        hosts, gateways = [], []
    return {"gateways": gateways, "hosts": hosts, "http": rules}


def _rules(turn: Turn, canary: int) -> list[dict[str, Any]]:
    service = turn.spec["service"]
    weighted: dict[str, Any] = {
        "route": [
            {"destination": _destination(service, host), "weight": share}
            for host, share in _shares(turn, canary)
        ]
    }
    if match := turn.analysis.get("match"):
        # Flagger writes its 0 here as well; to Istio the only destination of a route gets everything.
        return [{"match": match, **weighted}, {"route": [weighted["route"][0]]}]
    return [weighted]


def _destination(service: Mapping[str, Any], host: str) -> dict[str, Any]:
    """With a port where a gateway, or another VirtualService, leads here."""
    gateways = service.get("gateways", ["mesh"])
    outside = gateways[0] != "mesh" or service.get("delegation")
    port = {"port": {"number": service["port"]}} if service.get("portDiscovery") and outside else {}
    return {"host": host, **port}


def _http_route(turn: Turn, canary: int) -> dict[str, Any]:
    service = turn.spec["service"]
    ends = [
        {"group": "", "kind": "Service", "name": name, "port": service["port"], "weight": share}
        for name, share in _shares(turn, canary)
    ]
    matches = [{"path": {"type": "PathPrefix", "value": "/"}}]
    rules = [{"backendRefs": ends, "matches": matches}]
    return {"hostnames": service["hosts"], "parentRefs": service["gatewayRefs"], "rules": rules}
