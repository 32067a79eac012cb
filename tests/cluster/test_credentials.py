"""How the cluster is reached: kubeconfig, client certificate, plugin, token, a pod's service account."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from dashboard.cluster import Cluster
from dashboard.cluster_errors import ClusterError, Forbidden, Misconfigured, Unreachable
from dashboard.connection import Connection, Source, choose
from dashboard.resources import CANARIES
from dashboard.store import Store, Trouble
from dashboard.watching import ClusterWatch
from tests.cluster.watched import QUICK, by_kubeconfig
from tests.support.kube import Kube
from tests.support.waiting import eventually

pytestmark = pytest.mark.kube


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
