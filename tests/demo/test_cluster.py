"""What the dashboard makes of the demo, and what a real API server thinks of its manifests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.connection import Connection, Source
from dashboard.demo import demo
from dashboard.demo.cast import CAST
from dashboard.demo.hooks import Answer
from dashboard.demo.stage import Clock, Stage
from dashboard.demo.state import (
    ALERT_PROVIDERS,
    CANARIES,
    DAEMONSETS,
    DEPLOYMENTS,
    HTTPROUTES,
    METRIC_TEMPLATES,
    SERVICES,
    VIRTUALSERVICES,
    Cluster,
)
from dashboard.store import Reach, Store
from dashboard.watching import ClusterWatch
from tests.support.kube import Kube
from tests.support.waiting import eventually

# Nothing listens there: the show does not begin.
NOWHERE = "http://127.0.0.1:9"


async def test_the_dashboard_reads_every_canary_with_its_true_weight() -> None:
    store = Store("default", "")
    async with (
        demo(NOWHERE, 5) as url,
        ClusterWatch(store, Connection(Source.DEMO, url=url)),
    ):
        await eventually(lambda: store.freshness.reach is Reach.LIVE, "the first list")
        await eventually(lambda: all(view.images and view.ready for view in store.all()), "the workloads")
        await eventually(lambda: "VirtualService" in views_weight(store, "checkout"), "the routes")
        views = {view.canary.name: view for view in store.all()}
    assert views.keys() == {part.name for part in CAST}
    assert {view.canary.problem for view in views.values()} == {""}
    assert views["checkout"].weight.value == 50
    assert views["gateway"].weight.value == 100
    assert views["profile"].weight.value == 20
    assert [(image.old, image.new) for image in views["login"].images] == [
        ("shop/login:5.3.1", "shop/login:5.4.0")
    ]
    assert {str(view.canary.strategy) for view in views.values()} == {"canary", "blue/green", "a/b testing"}
    assert views["thumbnails"].phase_since is not None
    assert views["thumbnails"].phase_since < datetime.now(UTC) - timedelta(hours=2)


def views_weight(store: Store, name: str) -> str:
    """Where the weight of a canary in payments is from."""
    view = store.get("payments", name)
    return view.weight.source if view else ""


@pytest.mark.kube
async def test_a_real_api_server_takes_every_object_of_the_demo(kube: Kube) -> None:
    async def nobody(url: str, body: bytes, seconds: float) -> Answer:
        raise AssertionError(f"a rehearsal called {url}")

    clock = Clock()
    cluster = Cluster(clock)
    await Stage(cluster, clock, nobody, NOWHERE, f"{NOWHERE}/loadtester", 5).rehearse()
    try:
        refused = await asyncio.to_thread(copy, cluster, kube)
    finally:
        # Other tests look at the same API server's canaries.
        for place in {f"demo-{canary['metadata']['namespace']}" for canary in cluster.all(CANARIES)}:
            await asyncio.to_thread(kube.clear, place)
    assert refused == {}


def copy(cluster: Cluster, kube: Kube) -> dict[str, str]:
    """Apply everything but events in namespaces of its own; returns what came back different."""
    different = {}
    kinds = (CANARIES, DEPLOYMENTS, DAEMONSETS, SERVICES, VIRTUALSERVICES, HTTPROUTES)
    for resource in (*kinds, METRIC_TEMPLATES, ALERT_PROVIDERS):
        for item in cluster.all(resource):
            place, name = f"demo-{item['metadata']['namespace']}", item["metadata"]["name"]
            kube.namespace(place)
            metadata = {"namespace": place, "name": name, "labels": item["metadata"].get("labels", {})}
            kube.apply({key: item[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": metadata})
            if resource is CANARIES:
                kube.set_status("Canary", place, name, item["status"])
                path = f"/apis/{resource.api_version}/namespaces/{place}/{resource.plural}/{name}"
                kept = kube.request("GET", path)
                if (kept["spec"], kept["status"]) != (item["spec"], item["status"]):
                    different[name] = str(kept)
    return different
