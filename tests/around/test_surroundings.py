"""What surrounds a canary is put together in whatever order it comes, and told to those whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard import workloads
from dashboard.around.objects import Key
from dashboard.around.surroundings import Around, Surroundings
from dashboard.store import Store
from tests.around.things import KEY, SPLIT, canary, event, ingress, put, service, thing, virtual_service
from tests.support.traces import deployment


def test_services_are_found_by_their_role(around: Surroundings) -> None:
    put(around, "Service", *(service(f"shop{end}") for end in ("", "-primary", "-canary", "-other")))
    put(around, "Service", service("shop", "elsewhere"))
    found = around.of(canary(service={"name": "shop"})).services
    assert found is not None
    assert {role: one.key for role, one in found.items()} == {
        "apex": ("test", "shop"),
        "primary": ("test", "shop-primary"),
        "canary": ("test", "shop-canary"),
    }


def test_a_target_that_is_a_service_is_one_of_them(around: Surroundings) -> None:
    put(around, "Service", service("podinfo"), service("edge"))
    found = around.of(canary(targetRef={"kind": "Service", "name": "edge"}, service={"name": "podinfo"}))
    assert found.services is not None
    assert {role: one.name for role, one in found.services.items()} == {"apex": "podinfo", "target": "edge"}


def test_nothing_is_said_to_be_missing_before_it_was_looked_for(around: Surroundings) -> None:
    before = around.of(canary())
    assert (before.services, before.metric_templates, before.alert_providers) == (None, None, None)
    put(around, "Service", whole=True)
    assert around.of(canary()).services == {}


def test_what_an_analysis_refers_to_is_found_in_its_own_or_the_named_namespace(around: Surroundings) -> None:
    analysis = {
        "metrics": [
            {"name": "a", "templateRef": {"name": "latency"}},
            {"name": "b", "templateRef": {"name": "errors", "namespace": "flagger"}},
            {"name": "request-success-rate"},
        ],
        "alerts": [{"name": "c", "providerRef": {"name": "chat", "namespace": "flagger"}}],
    }
    put(around, "MetricTemplate", thing("latency"), thing("errors"), thing("errors", namespace="flagger"))
    put(around, "AlertProvider", thing("chat"), thing("chat", namespace="flagger"))
    found = around.of(canary(analysis=analysis))
    assert found.metric_templates is not None
    assert found.metric_templates.keys() == {("test", "latency"), ("flagger", "errors")}
    assert found.alert_providers is not None
    assert found.alert_providers.keys() == {("flagger", "chat")}


@pytest.mark.parametrize(
    ("kind", "raw", "touches"),
    [
        ("Service", service("podinfo"), True),
        ("Service", service("podinfo-canary"), True),
        ("Service", service("podinfo", "elsewhere"), False),
        ("VirtualService", virtual_service("podinfo"), True),
        ("VirtualService", virtual_service("podinfo", namespace="elsewhere"), False),
        ("Ingress", ingress("front-canary", "x"), True),
        ("Ingress", ingress("other", "x"), False),
        ("MetricTemplate", thing("latency"), True),
        ("MetricTemplate", thing("other"), False),
        ("Event", event("e1"), True),
        ("Event", event("e1", canary="other"), False),
    ],
)
def test_only_those_are_told_whom_it_concerns_and_only_of_changes(
    around: Surroundings, told: list[frozenset[Key]], kind: str, raw: dict[str, Any], touches: bool
) -> None:
    for each in ("Service", "VirtualService", "Ingress", "MetricTemplate", "Event"):
        put(around, each, whole=True)
    metrics = [{"name": "a", "templateRef": {"name": "latency"}}]
    mine = canary(analysis={"metrics": metrics}, ingressRef={"name": "front"})
    around.apply("Canary", [mine, canary(name="other-one", uid="u2")])
    told.clear()
    put(around, kind, raw)
    put(around, kind, raw)
    assert told == ([frozenset({KEY})] if touches else [])
    around.apply(kind, drop=[(raw["metadata"]["namespace"], raw["metadata"]["name"])])
    assert len(told) == (2 if touches else 0)


def test_a_touch_of_a_canarys_status_is_no_change_around_it(
    around: Surroundings, told: list[frozenset[Key]]
) -> None:
    around.apply("Canary", [canary(generation=1)])
    around.apply("Canary", [canary(generation=1)])
    assert len(told) == 1
    around.apply("Canary", [canary(generation=2, service={"name": "shop"})])
    put(around, "Service", whole=True)
    told.clear()
    put(around, "Service", service("podinfo"))
    assert told == []
    put(around, "Service", service("shop"))
    assert told == [frozenset({KEY})]


def test_a_listener_that_fails_does_not_keep_the_others_from_hearing(
    around: Surroundings, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[frozenset[Key]] = []

    def failing(keys: frozenset[Key]) -> None:
        raise ZeroDivisionError(keys)

    around.subscribe(failing)
    unsubscribe = around.subscribe(heard.append)
    around.apply("Canary", [canary()])
    assert heard == [frozenset({KEY})]
    assert "a listener of the surroundings failed" in caplog.text
    unsubscribe()
    unsubscribe()
    put(around, "Event", event("e1"))
    assert len(heard) == 1


UNREAD = ("Service", "Event", "Deployment", "VirtualService", "HTTPRoute", "TrafficSplit", "Ingress")
ALWAYS = ["deployments.apps: forbidden", "services: forbidden"]
MESHES = {
    "": ["virtualservices.networking.istio.io: forbidden", "httproutes.gateway.networking.k8s.io: forbidden"],
    "istio": ["virtualservices.networking.istio.io: forbidden"],
    "gatewayapi:v1": ["httproutes.gateway.networking.k8s.io: forbidden"],
    "linkerd": ["trafficsplits.split.smi-spec.io: forbidden"],
    "nginx": ["ingresses.networking.k8s.io: forbidden"],
    "kubernetes": [],
    "contour": [],
}


@pytest.mark.parametrize("provider", MESHES)
def test_what_cannot_be_read_is_said_where_it_matters(around: Surroundings, provider: str) -> None:
    for kind in (*UNREAD, "MetricTemplate", "AlertProvider"):
        around.unread(kind, "forbidden")
    said = around.of(canary(provider=provider)).unread
    assert list(said) == [*ALWAYS, *MESHES[provider], "events: forbidden"]
    metrics = [{"name": "a", "templateRef": {"name": "latency"}}]
    assert "metrictemplates.flagger.app: forbidden" in around.of(canary(analysis={"metrics": metrics})).unread


def test_reading_again_takes_the_word_back(around: Surroundings, told: list[frozenset[Key]]) -> None:
    around.apply("Canary", [canary()])
    told.clear()
    around.unread("Event", "forbidden")
    around.unread("Event", "forbidden")
    assert around.of(canary()).unread == ("events: forbidden",)
    around.unread("Event", "")
    assert around.of(canary()).unread == ()
    assert told == [frozenset({KEY})] * 2


def test_the_store_has_it_with_the_templates_of_target_and_primary() -> None:
    store = Store("default", "tests")
    known = canary()
    store.apply("Canary", [known])
    assert store.around.of(known) == Around()
    for name, image in (("podinfo", "app:2"), ("podinfo-primary", "app:1")):
        store.apply("Deployment", [workloads.parse("Deployment", deployment("test", name, image))])
    found = store.around.of(known)
    assert found.target == deployment("test", "podinfo", "app:2")["spec"]["template"]
    assert found.primary == deployment("test", "podinfo-primary", "app:1")["spec"]["template"]
    put(store.around, "Event", event("e1"))
    assert [one.name for one in store.around.of(known).events] == ["e1"]
    store.apply("Canary", whole=True)
    assert store.around.of(known).events == ()


def test_a_canary_that_was_never_applied_has_surroundings_as_well(around: Surroundings) -> None:
    put(around, "Service", service("podinfo"))
    put(around, "VirtualService", virtual_service("podinfo", SPLIT))
    found = around.of(canary(generation=3))
    assert found.services
    assert [route.key for route in found.routes] == [KEY]
