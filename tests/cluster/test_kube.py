"""The watch against a real API server: rights, credentials, CRDs, restarts, expiry, deletion."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from dashboard.cluster import Cluster
from dashboard.cluster_errors import NotFound
from dashboard.resources import CANARIES, DEPLOYMENTS, Resource
from dashboard.store import Reach, Store, Trouble
from dashboard.watcher import Timing
from dashboard.watching import ClusterWatch
from dashboard.wire import Event, Page
from gates.facts import Facts, Unreadable
from tests.cluster.watched import QUICK, by_kubeconfig, watching
from tests.support.etcd import compact
from tests.support.kube import Kube
from tests.support.traces import deployment
from tests.support.waiting import eventually

pytestmark = pytest.mark.kube
NAMESPACE = "watched"


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    kube.namespace(NAMESPACE)
    yield NAMESPACE
    kube.clear(NAMESPACE)


def canary(name: str, **spec: object) -> dict[str, object]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    analysis = {"interval": "10s", "threshold": 2, "stepWeights": [10, 50]}
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"targetRef": target, "service": {"port": 80}, "analysis": analysis, **spec},
    }


def shown(store: Store, name: str) -> bool:
    return store.get(NAMESPACE, name) is not None


async def test_canaries_appear_change_and_disappear(kube: Kube, namespace: str) -> None:
    async with watching(kube, "reader") as watch:
        store = watch.store
        kube.apply(canary("podinfo"), deployment(namespace, "podinfo", "app:1"))
        await eventually(lambda: shown(store, "podinfo"))
        kube.set_status(
            "Canary",
            namespace,
            "podinfo",
            {"phase": "Waiting", "canaryWeight": 0, "failedChecks": 0, "iterations": 0},
        )
        await eventually(lambda: (view := store.get(namespace, "podinfo")) and view.canary.phase == "Waiting")
        await eventually(lambda: (view := store.get(namespace, "podinfo")) and view.images)
        kube.delete("Canary", namespace, "podinfo")
        await eventually(lambda: not shown(store, "podinfo"))
        assert store.freshness.reach is Reach.LIVE


async def test_a_list_is_read_in_pages_and_is_one_change(kube: Kube, namespace: str) -> None:
    for index in range(40):
        kube.apply(canary(f"many-{index}"))
    cluster = Cluster(by_kubeconfig(kube.kubeconfig("reader")))
    sizes = [len(page.items) async for page in cluster.pages(CANARIES, 9) if page.items]
    await cluster.close()
    assert len(sizes) > 4
    assert max(sizes) == 9
    changes: list[frozenset[tuple[str, str]]] = []
    store = Store("default", "")
    store.subscribe(lambda change: changes.append(change.keys))
    async with ClusterWatch(store, by_kubeconfig(kube.kubeconfig("reader")), QUICK):
        await eventually(lambda: store.freshness.reach is Reach.LIVE)
    assert len([keys for keys in changes if len(keys) >= 40]) == 1


async def test_no_rights_is_said_with_the_missing_right_and_mended_when_given(kube: Kube) -> None:
    async with watching(kube, "nobody", live=False) as watch:
        freshness = watch.store.freshness
        await eventually(lambda: watch.store.freshness.trouble is Trouble.FORBIDDEN)
        freshness = watch.store.freshness
        assert freshness.detail == "the credentials lack the right to list canaries.flagger.app"
        assert freshness.reach is Reach.STARTING
        assert isinstance(watch.facts.current("default", "a", "b"), Unreadable)
        group = "rbac.authorization.k8s.io"
        binding = {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "for-a-moment"},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "readers"},
            "subjects": [{"apiGroup": group, "kind": "User", "name": "nobody"}],
        }
        kube.apply(binding)
        await eventually(lambda: watch.store.freshness.reach is Reach.LIVE)
        assert watch.store.freshness.trouble is Trouble.NONE
        kube.request("DELETE", f"/apis/{group}/v1/clusterrolebindings/for-a-moment")


async def test_without_the_crd_it_says_so_and_notices_when_it_appears(kube: Kube, namespace: str) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/canaries.flagger.app"
    kube.apply(canary("podinfo"))
    try:
        async with watching(kube) as watch:
            store = watch.store
            await eventually(lambda: shown(store, "podinfo"))
            await asyncio.to_thread(kube.request, "DELETE", path)
            await eventually(lambda: store.freshness.trouble is Trouble.NO_CRD)
            assert list(store.all()) == []
        async with watching(kube, live=False) as watch:
            store = watch.store
            await eventually(lambda: store.freshness.trouble is Trouble.NO_CRD)
            assert store.freshness.reach is Reach.STARTING
            await asyncio.to_thread(kube.install_crds)
            await eventually(lambda: store.freshness.reach is Reach.LIVE)
            kube.apply(canary("podinfo"))
            await eventually(lambda: shown(store, "podinfo"))
    finally:
        kube.install_crds()


async def test_an_api_server_that_is_killed_and_restarted_is_picked_up(kube: Kube, namespace: str) -> None:
    kube.apply(canary("before"))
    # The pauses of production: this is about being back in time.
    async with watching(kube, timing=Timing()) as watch:
        store = watch.store
        await eventually(lambda: shown(store, "before"))
        kube.kill()
        try:
            await eventually(lambda: store.freshness.reach is Reach.STALE)
            assert store.freshness.trouble is Trouble.UNREACHABLE
            assert shown(store, "before"), "what was known stays, greyed"
            assert isinstance(watch.facts.current("default", namespace, "before"), Unreadable)
            assert isinstance(await watch.facts.live("default", namespace, "before"), Unreadable)
        finally:
            await asyncio.to_thread(kube.start)
        ready = time.monotonic()
        kube.delete("Canary", namespace, "before")
        kube.apply(canary("after"))
        await eventually(lambda: store.freshness.reach is Reach.LIVE, limit=30)
        await eventually(lambda: shown(store, "after") and not shown(store, "before"), limit=30)
        print(f"live {time.monotonic() - ready:.1f} s after the API server was")
        assert isinstance(await watch.facts.live("default", namespace, "after"), Facts)


class Forgetful:
    """A cluster whose first watch begins at a version that the server no longer has."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.versions = cluster, list[str]()

    def pages(self, resource: Resource) -> AsyncIterator[Page]:
        return self.cluster.pages(resource)

    def watch(
        self, resource: Resource, version: str, lasting: float, silence: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        if resource is CANARIES:
            self.versions.append(version)
        return self.cluster.watch(resource, version if len(self.versions) > 1 else "1", lasting, silence)


async def test_a_version_that_has_expired_is_answered_by_listing_again(kube: Kube, namespace: str) -> None:
    kube.apply(canary("podinfo"))
    compact(kube)
    store = Store("default", "")
    watch = ClusterWatch(store, by_kubeconfig(kube.kubeconfig()), QUICK)
    source = Forgetful(watch.cluster)
    watch.cluster = source  # type: ignore[assignment]
    reaches: set[Reach] = set()
    store.subscribe(lambda _change: reaches.add(store.freshness.reach))
    await watch.start()
    await eventually(lambda: len(source.versions) > 1)
    kube.apply(canary("later"))
    await eventually(lambda: shown(store, "later"))
    assert Reach.STALE not in reaches
    watch.cluster = source.cluster
    await watch.stop()


async def test_live_facts_are_newer_than_any_watch(kube: Kube, namespace: str) -> None:
    kube.apply(canary("podinfo"), deployment(namespace, "podinfo", "app:1"))
    watch = ClusterWatch(Store("default", ""), by_kubeconfig(kube.kubeconfig("reader")))
    # Never started: only the live reads know anything.
    first = await watch.facts.live("default", namespace, "podinfo")
    kube.apply(deployment(namespace, "podinfo", "app:2"))
    second = await watch.facts.live("default", namespace, "podinfo")
    assert isinstance(first, Facts)
    assert isinstance(second, Facts)
    assert (first.images, second.images) == (("app:1",), ("app:2",))
    assert first.revision != second.revision
    assert await watch.facts.live("default", namespace, "none") == Unreadable("no such canary", missing=True)
    await watch.stop()


@pytest.mark.parametrize("name", ["../../../../version", "", "a/b", "A", "..", "a?b", "x" * 300, "né"])
async def test_a_name_never_leads_to_another_address(kube: Kube, name: str) -> None:
    cluster = Cluster(by_kubeconfig(kube.kubeconfig()))
    for namespace, one in ((name, "podinfo"), ("default", name)):
        with pytest.raises(NotFound):
            await cluster.get(DEPLOYMENTS, namespace, one)
    await cluster.close()
