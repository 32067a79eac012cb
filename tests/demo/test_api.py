"""The demo cluster's API, through the official client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from kubernetes.aio.client import (
    ApiClient,
    AppsV1Api,
    AuthorizationV1Api,
    Configuration,
    CoreV1Api,
    CustomObjectsApi,
)
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.watch import Watch

from dashboard.demo.api import application
from dashboard.demo.state import CANARIES, DEPLOYMENTS, EVENTS, Cluster

PLACE = ("flagger.app", "v1beta1", "payments", "canaries")
MERGE = "application/merge-patch+json"


@asynccontextmanager
async def served(cluster: Cluster, bookmark_seconds: float = 60) -> AsyncIterator[ApiClient]:
    """The API on a free port, and a client that knows its address only."""
    runner = web.AppRunner(application(cluster, bookmark_seconds), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        async with ApiClient(Configuration(host=f"http://{host}:{port}")) as client:
            yield client
    finally:
        await runner.cleanup()


def cluster_of(*names: str, history: int = 100) -> Cluster:
    """Canaries and Deployments of these names in the namespace payments."""
    cluster = Cluster(lambda: datetime.now(UTC), history)
    for name in names:
        add(cluster, "payments", name)
    return cluster


def add(cluster: Cluster, namespace: str, name: str) -> None:
    """A canary and its Deployment."""
    metadata = {"namespace": namespace, "name": name, "labels": {"app": name}}
    cluster.create(
        CANARIES, {"metadata": metadata, "spec": {"suspend": False}, "status": {"phase": "Succeeded"}}
    )
    spec = {
        "replicas": 3,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app"}]}},
    }
    cluster.create(DEPLOYMENTS, {"metadata": metadata, "spec": spec})


async def seen(call: Callable[..., Awaitable[Any]], *where: str, **options: Any) -> list[tuple[str, str]]:
    """Type and name of every event until the server ends the watch after a second."""
    found = []
    async with Watch() as watch:
        async for event in watch.stream(call, *where, timeout_seconds=1, **options):
            found.append((event["type"], event["raw_object"]["metadata"].get("name", "")))
    return found


async def test_lists_are_of_one_namespace_or_of_all() -> None:
    cluster = cluster_of("checkout", "ledger")
    add(cluster, "media", "thumbnails")
    async with served(cluster) as client:
        custom = CustomObjectsApi(client)
        everywhere = await custom.list_cluster_custom_object("flagger.app", "v1beta1", "canaries")
        here = await custom.list_namespaced_custom_object(*PLACE)
        deployments = await AppsV1Api(client).list_namespaced_deployment("media")
        services = await CoreV1Api(client).list_service_for_all_namespaces()
    names = [item["metadata"]["name"] for item in everywhere["items"]]
    assert sorted(names) == ["checkout", "ledger", "thumbnails"]
    assert everywhere["metadata"]["resourceVersion"] == str(cluster.version)
    assert [item["metadata"]["name"] for item in here["items"]] == ["checkout", "ledger"]
    assert [item.metadata.name for item in deployments.items] == ["thumbnails"]
    assert deployments.items[0].spec.replicas == 3
    assert services.items == []


async def test_a_watch_goes_on_from_the_list_without_a_gap() -> None:
    cluster = cluster_of("checkout", "ledger")
    async with served(cluster) as client:
        custom = CustomObjectsApi(client)
        listed = await custom.list_namespaced_custom_object(*PLACE)
        cluster.delete(CANARIES, "payments", "ledger")
        cluster.patch(CANARIES, "payments", "checkout", {"status": {"phase": "Waiting"}}, status=True)
        add(cluster, "media", "thumbnails")
        watching = asyncio.create_task(
            seen(
                custom.list_namespaced_custom_object,
                *PLACE,
                resource_version=listed["metadata"]["resourceVersion"],
            )
        )
        await asyncio.sleep(0.2)
        cluster.create(CANARIES, {"metadata": {"namespace": "payments", "name": "wallet"}, "spec": {}})
        found = await watching
    assert found == [("DELETED", "ledger"), ("MODIFIED", "checkout"), ("ADDED", "wallet")]


async def test_a_watch_without_a_version_begins_with_what_is_there() -> None:
    cluster = cluster_of("checkout")
    async with served(cluster) as client:
        found = await seen(AppsV1Api(client).list_deployment_for_all_namespaces)
    assert found == [("ADDED", "checkout")]


async def test_a_version_out_of_the_history_is_gone() -> None:
    cluster = cluster_of("checkout", history=5)
    old = cluster.version
    for replicas in range(10, 20):
        cluster.patch(DEPLOYMENTS, "payments", "checkout", {"spec": {"replicas": replicas}})
    async with served(cluster) as client:
        custom = CustomObjectsApi(client)
        with pytest.raises(ApiException) as error:
            await seen(custom.list_namespaced_custom_object, *PLACE, resource_version=str(old))
        still_there = str(cluster.version - 5)
        assert await seen(custom.list_namespaced_custom_object, *PLACE, resource_version=still_there) == []
    assert error.value.status == 410
    assert "too old resource version" in str(error.value.reason)


async def test_bookmarks_carry_the_version_over_changes_of_other_kinds() -> None:
    cluster = cluster_of("checkout")
    async with served(cluster, bookmark_seconds=0.1) as client:
        custom = CustomObjectsApi(client)
        version = str(cluster.version)
        cluster.patch(DEPLOYMENTS, "payments", "checkout", {"spec": {"replicas": 5}})
        async with Watch() as watch:
            options = {"resource_version": version, "allow_watch_bookmarks": True, "timeout_seconds": 1}
            stream = watch.stream(custom.list_namespaced_custom_object, *PLACE, **options)
            types = {event["type"] async for event in stream}
            assert watch.resource_version == str(cluster.version) != version
        assert types == {"BOOKMARK"}
        assert await seen(custom.list_namespaced_custom_object, *PLACE, resource_version=version) == []


async def test_status_and_spec_are_patched_apart() -> None:
    cluster = cluster_of("checkout")
    both = {"spec": {"suspend": True}, "status": {"phase": "Failed"}}
    async with served(cluster) as client:
        custom = CustomObjectsApi(client)
        status = await custom.patch_namespaced_custom_object_status(
            *PLACE, "checkout", both, _content_type=MERGE
        )
        assert status["spec"]["suspend"] is False
        assert status["status"]["phase"] == "Failed"
        assert status["metadata"]["generation"] == 1
        back = {**both, "status": {"phase": "Waiting"}}
        spec = await custom.patch_namespaced_custom_object(*PLACE, "checkout", back, _content_type=MERGE)
        assert spec["spec"]["suspend"] is True
        assert spec["status"]["phase"] == "Failed"
        assert spec["metadata"]["generation"] == 2


async def test_a_patch_without_effect_is_no_change() -> None:
    cluster = cluster_of("checkout")
    before = cluster.version
    cluster.patch(CANARIES, "payments", "checkout", {"status": {"phase": "Succeeded"}}, status=True)
    assert cluster.version == before


async def test_a_patch_for_another_version_is_refused() -> None:
    cluster = cluster_of("checkout")
    version = cluster.get(CANARIES, "payments", "checkout")["metadata"]["resourceVersion"]
    wanted = {"metadata": {"resourceVersion": version}, "spec": {"suspend": True}}
    async with served(cluster) as client:
        custom = CustomObjectsApi(client)
        made = await custom.patch_namespaced_custom_object(*PLACE, "checkout", wanted, _content_type=MERGE)
        assert made["spec"]["suspend"] is True
        with pytest.raises(ApiException) as error:
            await custom.patch_namespaced_custom_object(*PLACE, "checkout", wanted, _content_type=MERGE)
    assert error.value.status == 409


async def test_the_demo_lets_its_account_do_everything() -> None:
    wanted = {"verb": "patch", "group": "flagger.app", "resource": "canaries", "namespace": "payments"}
    async with served(cluster_of()) as client:
        said = await AuthorizationV1Api(client).create_self_subject_access_review(
            {"spec": {"resourceAttributes": wanted}}
        )
    assert said.status.allowed is True


async def test_a_patch_cannot_move_an_object() -> None:
    cluster = cluster_of("checkout")
    uid = cluster.get(CANARIES, "payments", "checkout")["metadata"]["uid"]
    moved = {"metadata": {"name": "other", "uid": "1", "resourceVersion": "1"}, "spec": {"suspend": True}}
    cluster.patch(CANARIES, "payments", "checkout", moved)
    assert cluster.get(CANARIES, "payments", "checkout")["metadata"]["uid"] == uid


async def test_what_is_deleted_is_not_found() -> None:
    cluster = cluster_of("checkout")
    async with served(cluster) as client:
        custom = CustomObjectsApi(client)
        await custom.delete_namespaced_custom_object(*PLACE, "checkout")
        with pytest.raises(ApiException) as error:
            await custom.get_namespaced_custom_object(*PLACE, "checkout")
    assert error.value.status == 404
    assert '"kind": "Status"' in str(error.value.body)


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/apis/example.com/v1/parrots", None, 404),
        ("GET", "/apis/flagger.app/v1beta1/canaries?watch=1&resourceVersion=new", None, 400),
        ("GET", "/apis/flagger.app/v1beta1/canaries?labelSelector=app%3Dcheckout", None, 400),
        ("POST", "/apis/flagger.app/v1beta1/canaries", "{}", 405),
        ("PATCH", "/apis/flagger.app/v1beta1/namespaces/payments/canaries/checkout", "[]", 400),
        ("PATCH", "/apis/flagger.app/v1beta1/namespaces/payments/canaries/checkout", "{", 400),
    ],
)
async def test_refusals_are_status_objects(method: str, path: str, body: str | None, code: int) -> None:
    async with served(cluster_of("checkout")) as client, aiohttp.ClientSession() as session:
        url = f"{client.configuration.host}{path}"
        async with session.request(method, url, data=body, headers={"Content-Type": MERGE}) as response:
            said = await response.json()
    assert (response.status, said["kind"], said["code"]) == (code, "Status", code)


async def test_the_history_stays_bounded() -> None:
    cluster = cluster_of("checkout", history=50)
    for number in range(5000):
        metadata = {"namespace": "payments", "name": f"event-{number}"}
        cluster.create(EVENTS, {"metadata": metadata})
        cluster.delete(EVENTS, "payments", f"event-{number}")
    assert len(cluster.history) == 50
    assert cluster.all(EVENTS) == []
    assert len(cluster.since(cluster.version - 50)) == 50
