"""Who gets how much traffic: the VirtualService or HTTPRoute that Flagger makes and turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.demo.state import HTTPROUTES, VIRTUALSERVICES, Missing, Resource
from dashboard.demo.turn import Turn
from dashboard.demo.workloads import owned_by


def reconcile(turn: Turn) -> None:
    """Make the routing object if there is none, with all traffic on the primary."""
    resource = _resource(turn)
    if resource is None:
        return
    try:
        turn.cluster.get(resource, turn.namespace, turn.target)
    except Missing:
        metadata = {**owned_by(turn.canary), "name": turn.target}
        turn.cluster.create(resource, {"metadata": metadata, "spec": _spec(turn, 0)})


def weight(turn: Turn) -> int:
    """The canary's share in per cent; 0 where there is no routing object (provider kubernetes)."""
    resource = _resource(turn)
    if resource is None:
        return 0
    spec = turn.cluster.get(resource, turn.namespace, turn.target)["spec"]
    ends = spec["rules"][0]["backendRefs"] if resource is HTTPROUTES else spec["http"][0]["route"]
    return int(ends[1]["weight"])


def set_weight(turn: Turn, canary: int) -> None:
    """Send that share to the canary, the rest to the primary."""
    resource = _resource(turn)
    if resource is not None:
        turn.cluster.patch(resource, turn.namespace, turn.target, {"spec": _spec(turn, canary)})


def _resource(turn: Turn) -> Resource | None:
    if turn.provider == "kubernetes":
        return None
    return HTTPROUTES if turn.provider.startswith("gatewayapi") else VIRTUALSERVICES


def _spec(turn: Turn, canary: int) -> dict[str, Any]:
    service = turn.spec["service"]
    shares = ((f"{turn.target}-primary", 100 - canary), (f"{turn.target}-canary", canary))
    if _resource(turn) is HTTPROUTES:
        return _http_route(service, shares)
    hosts = [*service.get("hosts", []), *([] if turn.target in service.get("hosts", []) else [turn.target])]
    weighted = {"route": [{"destination": {"host": host}, "weight": share} for host, share in shares]}
    routes: list[dict[str, Any]] = [weighted]
    if match := turn.analysis.get("match"):
        # Flagger writes its 0 here as well; to Istio the only destination of a route gets everything.
        everybody = weighted["route"][0]
        routes = [{"match": match, **weighted}, {"route": [everybody]}]
    return {"gateways": service.get("gateways", ["mesh"]), "hosts": hosts, "http": routes}


def _http_route(service: Mapping[str, Any], shares: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    ends = [
        {"group": "", "kind": "Service", "name": name, "port": service["port"], "weight": share}
        for name, share in shares
    ]
    matches = [{"path": {"type": "PathPrefix", "value": "/"}}]
    rules = [{"backendRefs": ends, "matches": matches}]
    return {"hostnames": service["hosts"], "parentRefs": service["gatewayRefs"], "rules": rules}
