"""What surrounds a canary, watched at a real API server with what a real Flagger made there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.around.difference import changes
from dashboard.around.surroundings import Around
from tests.around import things
from tests.cluster.recorded import NAME, NAMESPACE, apply_recorded, around, happen, own, uid
from tests.cluster.watched import watching
from tests.support.kube import Kube
from tests.support.waiting import eventually

pytestmark = pytest.mark.kube
GROUP = "rbac.authorization.k8s.io"


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    kube.namespace(NAMESPACE)
    yield NAMESPACE
    kube.clear(NAMESPACE)


def rows_of(found: Around) -> list[tuple[str, str, str, str]]:
    return [(str(row.how), row.path, row.old, row.new) for row in changes(found.primary, found.target)]


async def test_everything_that_flagger_made_is_found_and_followed(kube: Kube, namespace: str) -> None:
    apply_recorded(kube, "Canary", "Service", "VirtualService", "Deployment")
    first, second, *_rest = things.events("all-gates")
    happen(kube, first, uid=uid(kube))
    happen(kube, second, kind="Deployment")
    async with watching(kube, "reader") as watch:
        store = watch.store
        await eventually(lambda: len(around(store).services or ()) == 3)
        await eventually(lambda: around(store).routes and around(store).events and around(store).primary)
        found = around(store)
        assert found.services is not None
        ports = [(port.name, port.number) for port in found.services["apex"].ports]
        assert ports == [("http", 38080), ("metrics", 38081)]
        assert [event.message for event in found.events] == [first["message"]], (
            "Events of others are not asked for"
        )
        assert rows_of(found) == []
        assert found.unread == ()
        # An image is set, an Event happens, a Service is deleted.
        app = {"name": "app", "image": "app:3.0.0"}
        template = {"spec": {"containers": [{**app, "ports": [{"containerPort": 38080}]}]}}
        kube.merge("Deployment", namespace, NAME, {"spec": {"template": template}})
        await eventually(
            lambda: ("changed", "containers[app].image", "app:2.0.0", "app:3.0.0") in rows_of(around(store))
        )
        happen(kube, things.events("all-gates")[-1], uid=uid(kube))
        await eventually(lambda: len(around(store).events) == 2)
        kube.delete("Service", namespace, f"{NAME}-canary")
        await eventually(lambda: set(around(store).services or ()) == {"apex", "primary"})


async def test_who_delegates_and_what_passes_by_is_found_in_other_namespaces(
    kube: Kube, namespace: str
) -> None:
    apply_recorded(kube, "Canary", "VirtualService")
    edge = kube.namespace("around-edge")
    api = {"apiVersion": "networking.istio.io/v1beta1", "kind": "VirtualService"}
    http = [
        {"match": [{"uri": {"prefix": "/api"}}], "delegate": {"name": NAME, "namespace": namespace}},
        {"route": [{"destination": {"host": f"{NAME}.{namespace}.svc.cluster.local"}}]},
    ]
    spec = {"hosts": ["shop.example.com"], "gateways": ["public"], "http": http}
    try:
        async with watching(kube, "reader") as watch:
            await eventually(lambda: around(watch.store).routes)
            kube.apply({**api, "metadata": {"name": "edge", "namespace": edge}, "spec": spec})
            await eventually(lambda: around(watch.store).delegates)
            found = around(watch.store)
            assert [route.key for route in found.delegates] == [(edge, "edge")]
            assert [route.key for route in found.bypasses] == [(edge, "edge")]
            kube.delete("VirtualService", edge, "edge")
            await eventually(lambda: not around(watch.store).delegates and not around(watch.store).bypasses)
    finally:
        kube.clear(edge)


async def test_what_may_not_be_read_is_named_and_read_once_it_may(kube: Kube, namespace: str) -> None:
    apply_recorded(kube, "Canary", "Service", "VirtualService")
    kube.merge("Canary", namespace, NAME, {"spec": {"provider": "istio"}})
    happen(kube, things.events("all-gates")[0], uid=uid(kube))
    rule = {"apiGroups": ["flagger.app"], "resources": ["canaries"], "verbs": ["get", "list", "watch"]}
    more = {"apiGroups": ["", "networking.istio.io"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
    role = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": "only-canaries"}}
    binding = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "only-canaries"},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "only-canaries"},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": "nobody"}],
    }
    kube.apply({**role, "rules": [rule]}, binding)
    try:
        async with watching(kube, "nobody") as watch:
            store = watch.store
            await eventually(lambda: len(around(store).unread) == 4)
            assert around(store).unread == (
                "deployments.apps: forbidden",
                "services: forbidden",
                "virtualservices.networking.istio.io: forbidden",
                "events: forbidden",
            )
            kube.apply({**role, "rules": [rule, more]})
            await eventually(lambda: around(store).unread == ("deployments.apps: forbidden",))
            assert len(around(store).services or ()) == 3
            assert around(store).routes
            assert around(store).events
    finally:
        for plural in ("clusterrolebindings", "clusterroles"):
            kube.request("DELETE", f"/apis/{GROUP}/v1/{plural}/only-canaries")


async def test_templates_and_providers_that_the_analysis_names_are_read(kube: Kube, namespace: str) -> None:
    raw = own(next(item for item in things.recorded() if item["kind"] == "Canary"))
    metrics = [
        {"name": "errors", "templateRef": {"name": "errors"}, "interval": "1m", "thresholdRange": {"max": 1}}
    ]
    alerts = [{"name": "chat", "providerRef": {"name": "chat"}}]
    analysis = {**raw["spec"]["analysis"], "metrics": metrics, "alerts": alerts}
    kube.apply(
        {
            **{key: raw[key] for key in ("apiVersion", "kind", "metadata")},
            "spec": {**raw["spec"], "analysis": analysis},
        }
    )
    api = {"apiVersion": "flagger.app/v1beta1"}
    meta = {"namespace": namespace}
    provider = {"type": "prometheus", "address": "http://prometheus:9090"}
    kube.apply(
        {
            **api,
            "kind": "MetricTemplate",
            "metadata": {**meta, "name": "errors"},
            "spec": {"provider": provider, "query": "sum(x)"},
        },
        {
            **api,
            "kind": "AlertProvider",
            "metadata": {**meta, "name": "chat"},
            "spec": {
                "type": "slack",
                "channel": "general",
                "address": "https://hooks.slack.com/services/t0p",
            },
        },
    )
    async with watching(kube, "reader") as watch:
        await eventually(lambda: around(watch.store).metric_templates and around(watch.store).alert_providers)
        found = around(watch.store)
        assert found.metric_templates is not None
        assert found.alert_providers is not None
        assert found.metric_templates[namespace, "errors"].query == "sum(x)"
        assert "t0p" not in found.alert_providers[namespace, "chat"].address
