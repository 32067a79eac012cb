"""The environment of the Pods, as it is written in the manifests, makes a server that serves."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deploy import cluster
from tests.deploy.rendered import environment, objects
from tests.support.kube import Kube
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.server import Server
from tests.support.waiting import until

pytestmark = [pytest.mark.kube, pytest.mark.postgres]
ACCOUNT = {"ServiceAccount", "ClusterRole", "ClusterRoleBinding"}
ASKED = {"name": "podinfo", "namespace": "test"}


@pytest.fixture
def account(kube: Kube, tmp_path: Path) -> Iterator[Path]:
    """The installed account's token."""
    kube.namespace("flagger")
    things = [thing for thing in objects("ha") if thing["kind"] in ACCOUNT]
    for thing in things:
        cluster.apply(kube, thing)
    yield cluster.account_folder(kube, tmp_path / "account", "flagger")
    for thing in things:
        cluster.remove(kube, thing)


def test_a_replica_serves_people_and_flagger_on_their_own_ports(
    kube: Kube, postgres: Postgres, account: Path, tmp_path: Path
) -> None:
    files = {"database-url": postgres.create(), "secret-key": secrets.token_urlsafe(50)}
    # Nobody answers there: Redis only carries hints.
    files["redis-url"] = f"redis://127.0.0.1:{free_port()}/0"
    for name, value in files.items():
        (tmp_path / name).write_text(value)
    mounted = {key: value.replace("/etc/aviary", str(tmp_path)) for key, value in environment("ha").items()}
    # Ports that are free on this machine; the line that says so, as the tests read it.
    mounted |= {"PORT": "0", "AVIARY_WEBHOOK_PORT": str(free_port()), "AVIARY_LOG_FORMAT": "plain"}
    mounted |= {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(kube.port)}
    # The root of a Pod is read-only: nothing is to be kept in the default folder.
    unwritable = Path("/proc/nothing-can-be-written-here")
    server = Server(unwritable, **mounted, POD_ACCOUNT=str(account))
    server.program = ["-m", "tests.deploy.in_pod"]
    try:
        server.start()
        hooks = f"http://127.0.0.1:{mounted['AVIARY_WEBHOOK_PORT']}"
        pages = f"http://127.0.0.1:{server.port}"
        with httpx.Client(trust_env=False, timeout=30) as client:
            until(lambda: client.get(f"{pages}/readyz").status_code == 200, "ready")
            proxied = {"Host": "aviary.example.com", "X-Forwarded-Proto": "https"}
            page = client.get(f"{pages}/sign-in", headers=proxied)
            assert page.status_code == 200
            assert "Secure" in page.headers["Set-Cookie"]
            assert client.get(f"{pages}/sign-in", headers={"Host": "forged.example"}).status_code == 400
            answer = client.post(f"{hooks}/gate/check", json=ASKED)
            assert (answer.status_code, answer.text) == (403, "Forbidden")
            assert client.post(f"{hooks}/gate/close", json=ASKED).status_code == 202
            assert client.post(f"{hooks}/gate/open", json=ASKED).status_code == 403
            assert client.get(f"{hooks}/sign-in").status_code == 404
            assert client.post(f"{pages}/gate/close", json=ASKED).status_code == 403
    finally:
        server.kill()
        print(server.output)
