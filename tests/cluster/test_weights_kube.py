"""The weight that a TrafficSplit or an Ingress gives a canary, watched at a real API server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from dashboard.store import Store, Weight
from tests.around import things
from tests.cluster.recorded import NAME, NAMESPACE, Raw, around, own
from tests.cluster.watched import watching
from tests.support.kube import Kube, KubeError
from tests.support.waiting import eventually

pytestmark = pytest.mark.kube


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    kube.namespace(NAMESPACE)
    yield NAMESPACE
    kube.clear(NAMESPACE)


SPLIT_API = "/apis/split.smi-spec.io/v1alpha2"
SPLIT_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "trafficsplits.split.smi-spec.io"},
    "spec": {
        "group": "split.smi-spec.io",
        "scope": "Namespaced",
        "names": {"kind": "TrafficSplit", "plural": "trafficsplits", "singular": "trafficsplit"},
        "versions": [
            {
                "name": "v1alpha2",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                },
            }
        ],
    },
}


def meshed() -> Raw:
    """The recorded Canary with Linkerd instead of Istio."""
    raw = own(next(item for item in things.recorded() if item["kind"] == "Canary"))
    return {**raw, "spec": {**raw["spec"], "provider": "linkerd"}}


async def test_a_mesh_that_is_installed_later_is_noticed(kube: Kube, namespace: str) -> None:
    kube.apply({key: value for key, value in meshed().items() if key != "status"})
    status = {"phase": "Progressing", "canaryWeight": 0, "failedChecks": 0, "iterations": 0}
    kube.set_status("Canary", namespace, NAME, status)
    split = {
        "apiVersion": "split.smi-spec.io/v1alpha2",
        "kind": "TrafficSplit",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {
            "service": NAME,
            "backends": [
                {"service": f"{NAME}-canary", "weight": 35},
                {"service": f"{NAME}-primary", "weight": 65},
            ],
        },
    }
    try:
        async with watching(kube, "reader") as watch:
            await eventually(lambda: around(watch.store).services is not None)
            assert around(watch.store).unread == ()
            kube.apply(SPLIT_CRD)
            await asyncio.to_thread(_written, kube, split)
            await eventually(lambda: _weight(watch.store) == Weight(35, f"TrafficSplit {NAME}"))
            assert around(watch.store).routes[0].kind == "TrafficSplit"
    finally:
        kube.request(
            "DELETE",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/trafficsplits.split.smi-spec.io",
        )


def _written(kube: Kube, split: Raw) -> None:
    """As soon as the API server knows the kind."""
    for _attempt in range(200):
        try:
            kube.request("POST", f"{SPLIT_API}/namespaces/{NAMESPACE}/trafficsplits", split)
            return
        except KubeError:
            time.sleep(0.05)
    raise AssertionError("the API server never served TrafficSplits")


def _weight(store: Store) -> Weight | None:
    view = store.get(NAMESPACE, NAME)
    return view.weight if view else None


async def test_the_share_of_an_ingress_is_the_weight(kube: Kube, namespace: str) -> None:
    raw = own(next(item for item in things.recorded() if item["kind"] == "Canary"))
    reference = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "front"}
    kube.apply(
        {
            **{key: raw[key] for key in ("apiVersion", "kind", "metadata")},
            "spec": {**raw["spec"], "provider": "nginx", "ingressRef": reference},
        }
    )
    kube.set_status(
        "Canary",
        namespace,
        NAME,
        {"phase": "WaitingPromotion", "canaryWeight": 0, "failedChecks": 0, "iterations": 0},
    )

    def ingress(name: str, service: str, **annotations: str) -> Raw:
        backend = {"service": {"name": service, "port": {"number": 80}}}
        paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
        said = {
            f"nginx.ingress.kubernetes.io/{key.replace('_', '-')}": text for key, text in annotations.items()
        }
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": name, "namespace": namespace, "annotations": said},
            "spec": {"rules": [{"host": "shop.example.com", "http": {"paths": paths}}]},
        }

    kube.apply(
        ingress("front", NAME), ingress("front-canary", f"{NAME}-canary", canary="true", canary_weight="50")
    )
    async with watching(kube, "reader") as watch:
        await eventually(lambda: _weight(watch.store) == Weight(50, "Ingress front-canary"))
        assert [route.name for route in around(watch.store).routes] == ["front-canary", "front"]
        kube.apply(ingress("past", NAME))
        await eventually(lambda: [route.name for route in around(watch.store).bypasses] == ["past"])
