"""Targets, primaries and Services in the demo cluster, with a kubelet that never fails."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from dashboard.demo.state import DAEMONSETS, DEPLOYMENTS, SERVICES, Cluster, Missing, Object, Resource, merge

# So that GitOps leaves alone what Flagger makes.
UNMANAGED = {
    "helm.toolkit.fluxcd.io/driftDetection": "disabled",
    "kustomize.toolkit.fluxcd.io/reconcile": "disabled",
}
ASLEEP = "flagger.app/scale-to-zero"


def resource_of(canary: Object) -> Resource:
    """Where the canary's target is kept."""
    return DAEMONSETS if canary["spec"]["targetRef"]["kind"] == "DaemonSet" else DEPLOYMENTS


def find(cluster: Cluster, canary: Object, suffix: str = "") -> Object:
    """The target, or with `-primary` its primary; raises Missing."""
    target = canary["spec"]["targetRef"]["name"]
    return cluster.get(resource_of(canary), canary["metadata"]["namespace"], f"{target}{suffix}")


def change(cluster: Cluster, workload: Object, patch: Object, *, status: bool = False) -> None:
    """Patch a Deployment or DaemonSet."""
    resource = DAEMONSETS if workload["kind"] == "DaemonSet" else DEPLOYMENTS
    metadata = workload["metadata"]
    cluster.patch(resource, metadata["namespace"], metadata["name"], patch, status=status)


def revision(cluster: Cluster, canary: Object) -> str:
    """A short digest of the target's pod template, in the place of Flagger's `lastAppliedSpec`."""
    template = find(cluster, canary)["spec"]["template"]
    awake = merge(template, {"spec": {"nodeSelector": {ASLEEP: None}}})
    if not awake["spec"]["nodeSelector"]:
        del awake["spec"]["nodeSelector"]
    return hashlib.sha256(json.dumps(awake, sort_keys=True).encode()).hexdigest()[:10]


def owned_by(canary: Object) -> dict[str, Any]:
    """Metadata of what Flagger makes for a canary."""
    owner = {
        "apiVersion": canary["apiVersion"],
        "kind": canary["kind"],
        "name": canary["metadata"]["name"],
        "uid": canary["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "namespace": canary["metadata"]["namespace"],
        "annotations": UNMANAGED,
        "ownerReferences": [owner],
    }


def primary_template(target: Object) -> dict[str, Any]:
    """The target's pod template under the primary's label; the new id starts a rolling update."""
    label = f"{target['metadata']['name']}-primary"
    metadata = {"labels": {"app": label}, "annotations": {"flagger-id": str(uuid.uuid4())}}
    template: dict[str, Any] = merge(target["spec"]["template"], {"metadata": metadata})
    return template


def make_primary(cluster: Cluster, canary: Object) -> bool:
    """Create primary and Services if there are none; whether it did."""
    try:
        find(cluster, canary, "-primary")
    except Missing:
        pass
    else:
        return False
    target = find(cluster, canary)
    name = target["metadata"]["name"]
    labels = {"app": f"{name}-primary"}
    spec = {**target["spec"], "selector": {"matchLabels": labels}, "template": primary_template(target)}
    metadata = {**owned_by(canary), "name": f"{name}-primary", "labels": labels}
    cluster.create(resource_of(canary), {"metadata": metadata, "spec": spec})
    ports = service_ports(canary["spec"]["service"], target)
    for service, app in ((name, f"{name}-primary"), (f"{name}-canary", name), (f"{name}-primary",) * 2):
        body = {"type": "ClusterIP", "selector": {"app": app}, "ports": ports}
        metadata = {**owned_by(canary), "name": service, "labels": {"app": service}}
        cluster.create(SERVICES, {"metadata": metadata, "spec": body})
    return True


def service_ports(service: Object, target: Object) -> list[dict[str, Any]]:
    """The manifest's port; with `portDiscovery` also the others of the target's containers."""
    aim = service.get("targetPort", service["port"])
    found = [{"name": service.get("portName", "http"), "port": service["port"], "targetPort": aim}]
    if service.get("portDiscovery"):
        for container in target["spec"]["template"]["spec"]["containers"]:
            for index, port in enumerate(container.get("ports", [])):
                number, name = port["containerPort"], port.get("name", f"tcp-{container['name']}-{index}")
                if aim not in (number, name):
                    found.append({"name": name, "port": number, "targetPort": number})
    return [{**port, "protocol": "TCP"} for port in found]


def scale(cluster: Cluster, canary: Object, *, up: bool) -> None:
    """Wake the target up with as many replicas as the primary has, or put it to sleep."""
    target = find(cluster, canary)
    if target["kind"] == "DaemonSet":
        selector = {ASLEEP: None if up else "true"}
        change(cluster, target, {"spec": {"template": {"spec": {"nodeSelector": selector}}}})
    else:
        replicas = find(cluster, canary, "-primary")["spec"]["replicas"] if up else 0
        change(cluster, target, {"spec": {"replicas": replicas}})


def promote(cluster: Cluster, canary: Object) -> None:
    """Copy the target's pod template to the primary."""
    template = primary_template(find(cluster, canary))
    template["spec"].pop("nodeSelector", None)
    change(cluster, find(cluster, canary, "-primary"), {"spec": {"template": template}})


def settle(cluster: Cluster, canary: Object) -> None:
    """Let the pods of the last interval become ready."""
    for suffix in ("", "-primary"):
        try:
            workload = find(cluster, canary, suffix)
        except Missing:
            continue
        change(cluster, workload, {"status": settled(workload)}, status=True)


def settled(workload: Object) -> dict[str, Any]:
    """The status of a workload whose pods are all ready."""
    seen = {"observedGeneration": workload["metadata"]["generation"]}
    if workload["kind"] == "DaemonSet":
        count = 0 if ASLEEP in workload["spec"]["template"]["spec"].get("nodeSelector", {}) else 3
        names = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled")
        return (
            seen
            | dict.fromkeys((*names, "numberReady", "numberAvailable"), count)
            | {"numberMisscheduled": 0}
        )
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    return seen | dict.fromkeys(counts, workload["spec"]["replicas"])


def containers(cluster: Cluster, canary: Object) -> list[dict[str, Any]]:
    """The target's containers."""
    return list(find(cluster, canary)["spec"]["template"]["spec"]["containers"])
