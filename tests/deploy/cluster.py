"""Rendered objects in a real API server, and an account's token from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.deploy.rendered import Thing
from tests.support.kube import Kube, KubeError
from tests.support.waiting import until

# Istio's Gateway as far as we write it: its own definition is not among those that the tests have. An unknown
# or misspelt field is refused.
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
PORT = {
    "type": "object",
    "required": ["number", "protocol", "name"],
    "properties": {"number": {"type": "integer"}, "name": TEXT, "protocol": TEXT},
}
TLS = {
    "type": "object",
    "properties": {"mode": TEXT, "credentialName": TEXT, "httpsRedirect": {"type": "boolean"}},
}
SERVER = {
    "type": "object",
    "required": ["port", "hosts"],
    "properties": {"port": PORT, "hosts": TEXTS, "tls": TLS},
}
GATEWAY_SPEC = {
    "type": "object",
    "properties": {
        "selector": {"type": "object", "additionalProperties": TEXT},
        "servers": {"type": "array", "items": SERVER},
    },
}
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def definition(group: str, version: str, kind: str, plural: str, spec: Thing) -> Thing:
    """A CustomResourceDefinition of a namespaced kind."""
    schema = {"type": "object", "properties": {"spec": spec}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [
                {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
            ],
        },
    }


GATEWAY = definition("networking.istio.io", "v1beta1", "Gateway", "gateways", GATEWAY_SPEC)
TRAFFIC_SPLIT = definition("split.smi-spec.io", "v1alpha2", "TrafficSplit", "trafficsplits", ANYTHING)


def install(kube: Kube, crd: Thing) -> None:
    """Define a kind, and wait until it is served."""
    kube.apply(crd)
    spec = crd["spec"]
    until(
        lambda: _served(kube, f"/apis/{spec['group']}/{spec['versions'][0]['name']}", spec["names"]["plural"])
    )


def _served(kube: Kube, group: str, plural: str) -> bool:
    try:
        return any(resource["name"] == plural for resource in kube.request("GET", group)["resources"])
    except KubeError:
        return False


def address(kube: Kube, thing: Thing) -> str:
    """Where the API server keeps it, as its own discovery says."""
    version, meta = thing["apiVersion"], thing["metadata"]
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    (kind,) = [
        resource
        for resource in kube.request("GET", base)["resources"]
        if resource["kind"] == thing["kind"] and "/" not in resource["name"]
    ]
    place = f"/namespaces/{meta['namespace']}" if kind["namespaced"] else ""
    return f"{base}{place}/{kind['name']}/{meta['name']}"


def apply(kube: Kube, thing: Thing, manager: str = "installer") -> Thing:
    """As `kubectl apply --server-side --force-conflicts` does it; unknown fields are refused."""
    query = f"?fieldManager={manager}&force=true&fieldValidation=Strict"
    return kube.request("PATCH", address(kube, thing) + query, thing, "application/apply-patch+yaml")


def remove(kube: Kube, thing: Thing) -> None:
    """Delete it at once; no controller is there to see to finalizers."""
    at = address(kube, thing)
    kube.request("PATCH", at, {"metadata": {"finalizers": []}}, "application/merge-patch+json")
    kube.request("DELETE", at, {"gracePeriodSeconds": 0})


def account_folder(kube: Kube, folder: Path, namespace: str, name: str = "aviary") -> Path:
    """What a Pod finds of its account: `token`, from the API server itself, and `ca.crt`."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    folder.mkdir(exist_ok=True)
    (folder / "token").write_text(kube.request("POST", path, request)["status"]["token"])
    (folder / "ca.crt").write_text(kube.ca.read_text())
    return folder


def asked(kube: Kube, user: str) -> list[dict[str, Any]]:
    """The API server's audit of what this user has asked for, in order."""
    text = (kube.folder / "audit.jsonl").read_text()
    # The last line may be half written.
    events = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
    return [event for event in events if event["user"]["username"] == user]
