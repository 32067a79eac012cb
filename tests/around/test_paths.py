"""Which routing objects decide about a canary, delegate to it, or pass it by."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.around.objects import Key
from dashboard.around.surroundings import Around, Surroundings
from tests.around.things import KEY, SPLIT, canary, ingress, put, service, thing, to, virtual_service

DELEGATE = {"delegate": {"name": "podinfo", "namespace": "test"}}


def named(around: Around) -> dict[str, list[str]]:
    """Kind and name of each routing object, by what it is to the canary."""
    return {
        role: [f"{route.kind} {route.namespace}/{route.name}" for route in getattr(around, role)]
        for role in ("routes", "delegates", "bypasses")
    }


@pytest.mark.parametrize(
    ("provider", "first"),
    [
        ("", "VirtualService"),
        ("istio", "VirtualService"),
        ("gatewayapi:v1", "HTTPRoute"),
        ("linkerd", "TrafficSplit"),
        ("smi:v1alpha2", "TrafficSplit"),
        ("nginx", "Ingress"),
    ],
)
def test_what_decides_about_the_traffic_comes_first(around: Surroundings, provider: str, first: str) -> None:
    backends = [{"name": "podinfo-canary", "weight": 1}, {"name": "podinfo-primary", "weight": 1}]
    services = [{"service": one["name"], "weight": 1} for one in backends]
    path = {"path": "/", "backend": {"service": {"name": "podinfo-canary"}}}
    put(around, "VirtualService", virtual_service("podinfo", SPLIT))
    put(around, "HTTPRoute", thing("podinfo", {"rules": [{"backendRefs": backends}]}))
    put(around, "TrafficSplit", thing("podinfo", {"service": "podinfo", "backends": services}))
    put(around, "Ingress", thing("front-canary", {"rules": [{"http": {"paths": [path]}}]}))
    routes = around.of(canary(provider=provider, ingressRef={"name": "front"})).routes
    assert routes[0].kind == ("Ingress" if not provider else first)
    assert len(routes) == 4


def test_a_routing_object_that_does_not_name_the_canary_comes_last(around: Surroundings) -> None:
    put(around, "VirtualService", virtual_service("podinfo", to("elsewhere")))
    backends = [{"name": "podinfo-canary", "weight": 1}]
    put(around, "HTTPRoute", thing("podinfo", {"rules": [{"backendRefs": backends}]}))
    assert [route.kind for route in around.of(canary()).routes] == ["HTTPRoute", "VirtualService"]


@pytest.mark.parametrize("namespace", ["test", "web"])
def test_who_delegates_to_a_canary_is_found_from_any_namespace(
    around: Surroundings, told: list[frozenset[Key]], namespace: str
) -> None:
    delegate = {"delegate": {"name": "podinfo"}} if namespace == "test" else DELEGATE
    around.apply("Canary", [canary()])
    put(around, "VirtualService", virtual_service("podinfo", SPLIT))
    told.clear()
    put(around, "VirtualService", virtual_service("edge", delegate, namespace=namespace))
    assert named(around.of(canary()))["delegates"] == [f"VirtualService {namespace}/edge"]
    around.apply("VirtualService", drop=[(namespace, "edge")])
    assert named(around.of(canary()))["delegates"] == []
    assert told == [frozenset({KEY})] * 2


@pytest.mark.parametrize(
    "host",
    [
        "podinfo.test",
        "podinfo.test.svc",
        "podinfo.test.svc.cluster.local",
        "podinfo-primary.test.svc.cluster.local",
        "Podinfo.test.svc.cluster.local.",
        "podinfo.test.svc.corp.example",
    ],
)
def test_a_route_past_the_canary_is_found_by_any_name_of_its_services(
    around: Surroundings, told: list[frozenset[Key]], host: str
) -> None:
    around.apply("Canary", [canary()])
    put(
        around,
        "VirtualService",
        virtual_service("podinfo", SPLIT),
        virtual_service("a", to(host), namespace="web"),
    )
    assert named(around.of(canary()))["bypasses"] == ["VirtualService web/a"]
    told.clear()
    put(around, "VirtualService", virtual_service("a", to("other"), namespace="web"))
    assert named(around.of(canary()))["bypasses"] == []
    assert told == [frozenset({KEY})]


@pytest.mark.parametrize(
    "rule",
    [
        to("podinfo"),
        to("podinfo.example.com"),
        to("podinfo.test.example.com"),
        to("podinfo.web.svc.cluster.local"),
        to("*.test.svc.cluster.local"),
        to("podinfo-canary.test.svc.cluster.local"),
        {
            "route": [
                to("podinfo.test")["route"][0] | {"weight": 0},
                {"destination": {"host": "x"}, "weight": 9},
            ]
        },
        {"route": to("other")["route"], "mirror": {"host": "podinfo.test.svc.cluster.local"}},
        DELEGATE,
        {"redirect": {"authority": "podinfo.test"}},
    ],
)
def test_what_leads_elsewhere_is_no_way_past_it(around: Surroundings, rule: dict[str, Any]) -> None:
    put(around, "VirtualService", virtual_service("podinfo", SPLIT))
    put(around, "VirtualService", virtual_service("edge", rule, namespace="web"))
    assert named(around.of(canary()))["bypasses"] == []


SPLITS = thing(
    "podinfo",
    {
        "service": "podinfo",
        "backends": [
            {"service": "podinfo-canary", "weight": 5},
            {"service": "podinfo-primary", "weight": 95},
        ],
    },
)
SHARED = {"provider": "nginx", "ingressRef": {"name": "front"}}


@pytest.mark.parametrize(
    ("deciding", "other", "spec", "past"),
    [
        (("VirtualService", virtual_service("podinfo", SPLIT)), ingress("edge", "podinfo"), {}, True),
        # Sent to the Service, so that the sidecar decides.
        (
            ("VirtualService", virtual_service("podinfo", SPLIT)),
            ingress("edge", "podinfo", service_upstream="true"),
            {},
            False,
        ),
        # The caller's proxy splits, whoever the caller is.
        (("TrafficSplit", SPLITS), ingress("edge", "podinfo"), {"provider": "linkerd"}, False),
        (
            ("Ingress", ingress("front-canary", "podinfo-canary", canary="true", canary_weight="5")),
            ingress("edge", "podinfo"),
            SHARED,
            True,
        ),
        # The Ingress that the Canary names is the one that its copy takes a share of.
        (
            ("Ingress", ingress("front-canary", "podinfo-canary", canary="true", canary_weight="5")),
            ingress("front", "podinfo"),
            SHARED,
            False,
        ),
        # Without anything that shifts traffic there is nothing to pass by.
        (("Service", service("podinfo")), ingress("edge", "podinfo"), {"provider": "kubernetes"}, False),
    ],
)
def test_whether_an_ingress_passes_by(
    around: Surroundings, deciding: tuple[str, Any], other: dict[str, Any], spec: dict[str, Any], past: bool
) -> None:
    put(around, *deciding)
    put(around, "Ingress", other)
    assert bool(around.of(canary(**spec)).bypasses) is past


def test_what_is_in_another_namespace_is_only_for_those_who_may_see_it(around: Surroundings) -> None:
    put(
        around,
        "VirtualService",
        virtual_service("podinfo", SPLIT),
        virtual_service("edge", DELEGATE, to("podinfo.test"), namespace="web"),
    )
    whole = around.of(canary())
    seen = whole.within(lambda namespace: namespace == "test")
    assert (len(whole.delegates), len(whole.bypasses)) == (1, 1)
    assert (seen.delegates, seen.bypasses, seen.routes) == ((), (), whole.routes)
    assert seen.delegated, "nobody is told that nothing delegates to it"
