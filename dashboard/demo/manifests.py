"""The manifests of a part: its Canary and its workload, as someone would write them."""

from __future__ import annotations

from typing import Any

from dashboard.demo import props
from dashboard.demo.cast import Part

PORT = 8080
METRICS = [
    {"name": "request-success-rate", "interval": "1m", "thresholdRange": {"min": 99}},
    {"name": "request-duration", "interval": "1m", "thresholdRange": {"max": 500}},
]


def canary(part: Part, aviary: str, loadtester: str, interval: float) -> dict[str, Any]:
    """The Canary; `aviary` and `loadtester` are base URLs with no slash at the end, `interval` in seconds."""
    spec: dict[str, Any] = {
        "targetRef": {"apiVersion": "apps/v1", "kind": part.kind, "name": part.name},
        "progressDeadlineSeconds": 600,
        "service": {"port": PORT, "portDiscovery": True, **part.service, **_routed(part)},
        "analysis": {
            "interval": f"{interval:g}s",
            **part.analysis,
            "metrics": [*METRICS, *props.metrics(part.namespace)],
            "webhooks": _webhooks(part, aviary, loadtester),
        },
    }
    if alerts := props.alerts(part.namespace):
        spec["analysis"]["alerts"] = alerts
    if part.provider != "istio":
        spec["provider"] = part.provider
    if part.skip:
        spec["skipAnalysis"] = True
    metadata = {**_metadata(part), "annotations": props.links(part.namespace, part.name)}
    return {"metadata": metadata, "spec": spec}


def _routed(part: Part) -> dict[str, Any]:
    if not part.provider.startswith("gatewayapi"):
        return {}
    gateway = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "edge", "name": "public"}
    return {"hosts": [f"{part.name}.example.com"], "gatewayRefs": [gateway]}


def _webhooks(part: Part, aviary: str, loadtester: str) -> list[dict[str, Any]]:
    address = f"http://{part.name}-canary.{part.namespace}:{PORT}"
    smoke = {"type": "bash", "cmd": f"curl -sf {address}/healthz"}
    load = {"type": "cmd", "cmd": f"hey -z 1m -q 10 -c 2 {address}/"}
    tests: list[dict[str, Any]] = [
        {"type": "pre-rollout", "name": "smoke test", "url": f"{loadtester}/", "metadata": smoke},
        {"type": "rollout", "name": "load test", "url": f"{loadtester}/", "metadata": load},
    ]
    gates: list[dict[str, Any]] = [
        {"type": gate.type, "name": gate.name, "url": f"{aviary}{gate.path}"}
        | ({"metadata": dict(gate.policy)} if gate.policy else {})
        for gate in part.gates
    ]
    rollback = {"type": "rollback", "name": "rollback", "url": f"{aviary}{part.rollback}"}
    event = {"type": "event", "name": "events", "url": f"{aviary}/hooks/event"}
    return [{**hook, "timeout": "5s"} for hook in (*gates, *tests, rollback, event)]


def workload(part: Part) -> dict[str, Any]:
    """The Deployment or DaemonSet with the old version."""
    labels = {"app": part.name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container(part, part.old)]}}
    spec: dict[str, Any] = {"selector": {"matchLabels": labels}, "template": template}
    if part.kind == "Deployment":
        spec["replicas"] = 3
    return {"metadata": _metadata(part), "spec": spec}


def container(part: Part, version: str) -> dict[str, Any]:
    """Of that version; a new minor one also changes what it is given and what it needs."""
    minor = int(version.split(".")[1])
    password = {"secretKeyRef": {"name": part.name, "key": "password"}}
    memory = 128 + 32 * (minor % 3)
    return {
        "name": part.name,
        "image": image(part, version),
        "ports": [
            {"name": "http", "containerPort": PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
        ],
        "env": [
            {"name": "APP_VERSION", "value": version},
            {"name": "LOG_LEVEL", "value": "debug" if minor % 2 else "info"},
            {"name": "WORKERS", "value": str(4 + minor % 3)},
            {"name": "DATABASE_PASSWORD", "valueFrom": password},
        ],
        "resources": {
            "requests": {"cpu": "100m", "memory": f"{memory}Mi"},
            "limits": {"memory": f"{2 * memory}Mi"},
        },
    }


def image(part: Part, version: str) -> str:
    """`shop/checkout:2.14.0`."""
    return f"shop/{part.name}:{version}"


def _metadata(part: Part) -> dict[str, Any]:
    labels = {"app": part.name, "team": part.namespace}
    return {"namespace": part.namespace, "name": part.name, "labels": labels}
