"""What a real Flagger made around a canary, written to a real API server."""

from __future__ import annotations

from typing import Any

from dashboard.around.surroundings import Around
from dashboard.store import Store
from tests.around import things
from tests.support.kube import Kube

NAMESPACE = "around"
NAME = "test-api"
Raw = dict[str, Any]


def own(thing: Raw) -> Raw:
    """A recorded object as its author would apply it, in the namespace of these tests."""
    kept = {
        key: thing["metadata"][key] for key in ("name", "labels", "annotations") if key in thing["metadata"]
    }
    spec = {key: value for key, value in thing["spec"].items() if not key.startswith(("clusterIP", "ip"))}
    if thing["kind"] == "VirtualService":
        thing = {**thing, "apiVersion": "networking.istio.io/v1beta1"}
    return {**thing, "metadata": {**kept, "namespace": NAMESPACE}, "spec": spec, "status": {}}


def apply_recorded(kube: Kube, *kinds: str) -> None:
    """Only the kinds named here, a Canary without a status."""
    for item in things.recorded():
        if item["kind"] in kinds:
            kube.apply({key: value for key, value in own(item).items() if key != "status"})


def uid(kube: Kube) -> str:
    known = kube.request("GET", f"/apis/flagger.app/v1beta1/namespaces/{NAMESPACE}/canaries/{NAME}")
    return str(known["metadata"]["uid"])


def happen(kube: Kube, raw: Raw, **about: str) -> None:
    """An Event that a recording had, about this canary or something else."""
    said = {
        key: raw[key] for key in ("type", "reason", "message", "count", "firstTimestamp", "lastTimestamp")
    }
    meta = {"name": raw["metadata"]["name"], "namespace": NAMESPACE}
    thing = {"kind": "Canary", "namespace": NAMESPACE, "name": NAME, **about}
    kube.apply({"apiVersion": "v1", "kind": "Event", "metadata": meta, "involvedObject": thing, **said})


def around(store: Store) -> Around:
    view = store.get(NAMESPACE, NAME)
    return store.around.of(view.canary) if view else Around()
