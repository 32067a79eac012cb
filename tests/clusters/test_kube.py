"""One server over two real API servers with the same names in both; then one of them goes away."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, ask, call
from tests.support.kube import Kube
from tests.support.people import PASSWORD
from tests.support.server import Server
from tests.support.traces import deployment
from tests.support.visitor import Visitor, sign_in
from tests.support.waiting import until

NAME = "cart"


@pytest.fixture(scope="module")
def east(kube: Kube, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """A second API server on an etcd of its own."""
    made = Kube(kube.assets, tmp_path_factory.mktemp("east"))
    try:
        made.start_etcd()
        made.start()
        made.install_crds()
        yield made
    finally:
        made.stop()


@pytest.fixture
def namespace(kube: Kube, east: Kube) -> Iterator[str]:
    """The same in both, with the same canary."""
    name = f"shop-{secrets.token_hex(4)}"
    for cluster in (kube, east):
        cluster.namespace(name)
        cluster.apply(
            deployment(name, NAME, "shop/cart:1"),
            {
                "apiVersion": "flagger.app/v1beta1",
                "kind": "Canary",
                "metadata": {"name": NAME, "namespace": name},
                "spec": {
                    "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
                    "service": {"port": 80},
                    "analysis": {"interval": "30s", "threshold": 5, "stepWeight": 10, "maxWeight": 50},
                },
            },
        )
        phase(cluster, name, "Progressing")
    yield name
    kube.clear(name)


def phase(cluster: Kube, namespace: str, name: str) -> None:
    """Flagger writes the status."""
    status = {"phase": name, "canaryWeight": 10, "failedChecks": 0, "iterations": 0}
    cluster.set_status("Canary", namespace, NAME, status)


@pytest.fixture
def aviary(serve: Serve, kube: Kube, east: Kube, tmp_path: Path) -> Server:
    """Over both."""
    files = {"default": kube.kubeconfig(), "east": east.kubeconfig()}
    named = ",".join(f"{name}={path}" for name, path in files.items())
    server = serve(AVIARY_CLUSTER="", AVIARY_CLUSTERS=named, AVIARY_WEBHOOK_AUTH="open")
    server.add_people()
    return server


def shown(visitor: Visitor, namespace: str) -> dict[str, dict[str, bool | str]]:
    """The rows of the list by cluster."""
    page = visitor.get("/", params={"q": f"ns:{namespace}"}).text
    rows = re.findall(r'<tr id="row:[^>]* data-cluster="(\w+)"[^>]*>', page)
    tags = re.findall(r"<tr id=\"row:[^>]*>", page)
    phases = [re.search(r'data-phase="(\w*)"', tag) for tag in tags]
    return {
        name: {"phase": found[1] if found else "", "away": " data-away" in tag}
        for name, tag, found in zip(rows, tags, phases, strict=True)
    }


def test_two_clusters_and_then_one(aviary: Server, kube: Kube, east: Kube, namespace: str) -> None:
    alice = sign_in(aviary.url, "alice", PASSWORD)
    going = {"phase": "Progressing", "away": False}
    until(lambda: shown(alice, namespace) == {"default": going, "east": going})
    decided_in_the_east_only(aviary, alice, namespace)
    east.kill()
    try:
        until(lambda: shown(alice, namespace).get("east", {}).get("away"))
        assert shown(alice, namespace)["default"] == going
        assert "The cluster east cannot be reached." in alice.get("/").text
        phase(kube, namespace, "Promoting")
        until(lambda: shown(alice, namespace)["default"]["phase"] == "Promoting")
        assert shown(alice, namespace)["east"] == {"phase": "Progressing", "away": True}
        without_the_east(aviary, namespace)
    finally:
        east.start()
    until(lambda: shown(alice, namespace)["east"] == going)
    phase(east, namespace, "Failed")
    until(lambda: shown(alice, namespace)["east"]["phase"] == "Failed")
    assert shown(alice, namespace)["default"]["phase"] == "Promoting"


def decided_in_the_east_only(aviary: Server, alice: Visitor, namespace: str) -> None:
    """A person asks for a rollback; Flagger of the other cluster hears nothing of it."""
    about = {"name": NAME, "namespace": namespace}
    address = f"/clusters/east/canaries/{namespace}/{NAME}/rollback"
    page = alice.get(address).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    revision = re.search(r'name="revision" value="([^"]+)"', page)
    assert token is not None
    assert revision is not None
    form = {"csrfmiddlewaretoken": token[1], "revision": revision[1], "reason": "carts are empty"}
    answer = alice.post(address, data=form, headers={"Referer": aviary.url + address})
    assert str(answer.url).endswith(f"/clusters/east/canaries/{namespace}/{NAME}"), answer.text[:2000]
    assert ask(aviary, "/clusters/east/rollback/check", about) == APPROVED
    for other in ("", "/clusters/default"):
        assert ask(aviary, f"{other}/rollback/check", about) == FORBIDDEN
    assert call(aviary, "/clusters/west/rollback/check", about).status == 404
    log = alice.get("/api/v1/audit/", params={"namespace": namespace}).json()["results"]
    assert {(entry["cluster"], entry["name"]) for entry in log} == {("east", NAME)}, json.dumps(log)


def without_the_east(aviary: Server, namespace: str) -> None:
    """Hooks of the cluster that is away are answered from the database, its own and the other's."""
    about = {"name": NAME, "namespace": namespace}
    assert ask(aviary, "/clusters/east/rollback/check", about) == APPROVED
    assert ask(aviary, "/clusters/east/gate/check", about) == FORBIDDEN
    assert ask(aviary, "/clusters/east/gate/open", about) == ACCEPTED
    assert ask(aviary, "/clusters/east/gate/check", about) == APPROVED
    assert ask(aviary, "/gate/check", about) == FORBIDDEN
    assert ask(aviary, "/gate/open", about) == ACCEPTED
    assert ask(aviary, "/gate/close", about) == ACCEPTED
    assert ask(aviary, "/clusters/east/gate/check", about) == APPROVED
    assert call(aviary, "/readyz", method="GET").status == 200
