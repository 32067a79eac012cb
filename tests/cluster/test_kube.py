"""The watch against a real API server: rights, credentials, CRDs, restarts, expiry, deletion."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import yaml

from dashboard.cluster import Cluster
from dashboard.cluster_errors import ClusterError, Forbidden, Misconfigured, NotFound, Unreachable
from dashboard.connection import Connection, Source, choose
from dashboard.resources import CANARIES, DEPLOYMENTS, Resource
from dashboard.store import Reach, Store, Trouble
from dashboard.watcher import Timing
from dashboard.watching import ClusterWatch
from dashboard.wire import Event, Page
from gates.facts import Facts, Unreadable
from tests.cluster.watched import QUICK, watching
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


async def first_error(connection: Connection) -> ClusterError:
    cluster = Cluster(connection)
    try:
        async for _page in cluster.pages(CANARIES):
            pass
    except ClusterError as error:
        return error
    finally:
        await cluster.close()
    raise AssertionError("the list was read")


def by_kubeconfig(path: Path, context: str = "") -> Connection:
    return Connection(Source.KUBECONFIG, kubeconfig=str(path), context=context)


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
        await eventually(lambda: store.freshness.reach is Reach.LIVE, limit=10)
        await eventually(lambda: shown(store, "after") and not shown(store, "before"), limit=10)
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


def compact(kube: Kube) -> None:
    """Make etcd forget every version but the newest."""
    import httpx

    url = f"http://127.0.0.1:{kube.etcd_port}/v3/kv"
    revision = httpx.post(f"{url}/range", json={"key": "AA=="}, trust_env=False).json()["header"]["revision"]
    httpx.post(f"{url}/compaction", json={"revision": revision, "physical": True}, trust_env=False)


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


async def test_a_client_certificate_is_accepted(kube: Kube) -> None:
    files = {
        "client-certificate": str(kube.folder / "client.crt"),
        "client-key": str(kube.folder / "client.key"),
    }
    cluster = Cluster(by_kubeconfig(kube.kubeconfig("certified", files)))
    assert [page async for page in cluster.pages(CANARIES)]
    await cluster.close()


def plugin(kube: Kube, script: str) -> Path:
    """A kubeconfig whose credentials come from a program."""
    program = kube.folder / "plugin.py"
    program.write_text(script)
    exec_ = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": [str(program)],
        "interactiveMode": "Never",
    }
    return kube.kubeconfig("plugged", {"exec": exec_})


CREDENTIAL = """
import json, pathlib
token = pathlib.Path(__file__).with_name("plugin-token").read_text()
answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
print(json.dumps({**answer, "status": {"token": token}}))
"""


async def test_a_credential_plugin_is_run_again_when_its_token_has_expired(
    kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.cluster.RELOAD_PAUSE", 0.0)
    token = kube.folder / "plugin-token"
    token.write_text("token-of-reader")
    cluster = Cluster(by_kubeconfig(plugin(kube, CREDENTIAL)))
    assert [page async for page in cluster.pages(CANARIES)]
    # What the first run gave is no longer accepted; the second run gives another.
    assert cluster._client is not None
    cluster._client.configuration.api_key["BearerToken"] = "Bearer expired"
    assert [page async for page in cluster.pages(CANARIES)]
    token.write_text("wrong")
    cluster._client.configuration.api_key["BearerToken"] = "Bearer expired"
    with pytest.raises(Forbidden, match="does not accept the credentials"):
        assert [page async for page in cluster.pages(CANARIES)]
    await cluster.close()


async def test_a_credential_plugin_that_fails_is_named_without_what_it_printed(kube: Kube) -> None:
    path = plugin(kube, "import sys; sys.exit('the secret')")
    error = await first_error(by_kubeconfig(path))
    assert isinstance(error, Misconfigured)
    assert "credential plugin" in str(error)
    assert "secret" not in str(error)


async def test_a_wrong_token_is_refused_in_words(kube: Kube) -> None:
    error = await first_error(by_kubeconfig(kube.kubeconfig("wrong", {"token": "no-such-token"})))
    assert isinstance(error, Forbidden)
    assert str(error) == "the API server does not accept the credentials"


async def test_another_context_is_used_and_a_missing_one_is_named(kube: Kube) -> None:
    path = kube.kubeconfig("reader")
    assert await _lists(by_kubeconfig(path, "reader"))
    error = await first_error(by_kubeconfig(path, "elsewhere"))
    assert isinstance(error, Misconfigured)
    assert "context elsewhere" in str(error)
    assert "token-of" not in str(error)


async def _lists(connection: Connection) -> bool:
    cluster = Cluster(connection)
    try:
        return bool([page async for page in cluster.pages(CANARIES)])
    finally:
        await cluster.close()


async def test_an_untrusted_certificate_is_said_to_be_one(kube: Kube, tmp_path: Path) -> None:
    config = yaml.safe_load(kube.kubeconfig("admin").read_text())
    config["clusters"][0]["cluster"]["certificate-authority"] = str(kube.folder / "client-ca.crt")
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    error = await first_error(by_kubeconfig(path))
    assert isinstance(error, Unreachable)
    assert "not trusted" in str(error)


@pytest.mark.parametrize("text", ["", "[", "[]", "just text", "users: [{}]", "clusters: 3", "\x00"])
async def test_a_broken_kubeconfig_is_trouble_of_its_own(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    store = Store("default", "")
    async with ClusterWatch(store, by_kubeconfig(path), QUICK):
        await eventually(lambda: store.freshness.trouble is Trouble.NO_CONFIG)
        assert str(path) in store.freshness.detail
    assert isinstance(await first_error(by_kubeconfig(tmp_path / "absent")), Misconfigured)


async def test_a_pods_service_account_is_used_and_its_renewed_token_too(
    kube: Kube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("token-of-reader")
    monkeypatch.setattr("kubernetes.aio.config.incluster_config.SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr("kubernetes.aio.config.incluster_config.SERVICE_CERT_FILENAME", str(kube.ca))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(kube.port))
    monkeypatch.setattr("dashboard.cluster.RELOAD_PAUSE", 0.0)
    assert choose("auto", "") is Source.IN_CLUSTER
    cluster = Cluster(Connection(Source.IN_CLUSTER))
    assert [page async for page in cluster.pages(CANARIES)]
    token.write_text("token-of-nobody")
    assert cluster._client is not None
    cluster._client.configuration.api_key["BearerToken"] = "Bearer expired"
    cluster._client.configuration.refresh_api_key_hook = None
    with pytest.raises(Forbidden, match="right to list"):
        assert [page async for page in cluster.pages(CANARIES)]
    await cluster.close()


async def test_outside_a_pod_there_is_no_service_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    error = await first_error(Connection(Source.IN_CLUSTER))
    assert isinstance(error, Misconfigured)
    assert str(error) == "there is no pod's service account here: Service host/port is not set."
