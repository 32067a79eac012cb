"""Aviary's account in the cluster: enough for everything it does, and nothing that it does not use.

The server runs as in a Pod, with a token of the installed ServiceAccount that the API server itself has made,
and the API server's own audit says what it asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.deploy import cluster
from tests.deploy.rendered import Thing, objects, of_kind
from tests.support.kube import Kube
from tests.support.people import PASSWORD
from tests.support.server import Server
from tests.support.traces import deployment
from tests.support.visitor import Visitor, sign_in
from tests.support.waiting import until

pytestmark = pytest.mark.kube
ACCOUNT = {"ServiceAccount", "ClusterRole", "ClusterRoleBinding"}
# Every authenticated account may ask what it may do (Kubernetes' own role `system:basic-user`).
OWN_RIGHTS = ("create", "authorization.k8s.io", "selfsubjectaccessreviews")
IN_POD = "tests.deploy.in_pod"
FAILED = {"phase": "Failed", "canaryWeight": 0, "failedChecks": 5, "iterations": 0}
Right = tuple[str, str, str]


def granted(*roles: Thing) -> set[Right]:
    """Verb, group and resource of every rule."""
    return {
        (verb, group, resource)
        for role in roles
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def requests(kube: Kube, namespace: str, since: int = 0) -> set[tuple[Right, int]]:
    """What the account has asked for after its first `since` calls, each with the status of its answer."""
    return {
        ((event["verb"], about.get("apiGroup", ""), about["resource"]), event["responseStatus"]["code"])
        for event in cluster.asked(kube, account(namespace))[since:]
        if (about := event.get("objectRef"))
    }


def account(namespace: str) -> str:
    """As the API server calls it."""
    return f"system:serviceaccount:{namespace}:aviary"


def may_list(kube: Kube, namespace: str) -> bool:
    """Roles reach the part of the API server that asks for them a little later."""
    wanted = {"verb": "list", "group": "flagger.app", "resource": "canaries"}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": account(namespace), "resourceAttributes": wanted},
    }
    answer = kube.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    return bool(answer["status"]["allowed"])


@pytest.fixture(scope="module")
def everything(kube: Kube) -> Iterator[Kube]:
    """Every kind that Aviary reads is served."""
    cluster.install(kube, cluster.TRAFFIC_SPLIT)
    yield kube
    kube.delete("CustomResourceDefinition", "", cluster.TRAFFIC_SPLIT["metadata"]["name"])


@pytest.fixture
def installed(everything: Kube) -> Iterator[str]:
    """The account and its role, in the namespace that they are for."""
    namespace = everything.namespace("flagger")
    things = [thing for thing in objects("single") if thing["kind"] in ACCOUNT]
    for thing in things:
        cluster.apply(everything, thing)
    until(partial(may_list, everything, namespace), "the role is known")
    yield namespace
    for thing in things:
        cluster.remove(everything, thing)


@pytest.fixture
def before(everything: Kube, installed: str) -> int:
    """How much the account had asked for before this test."""
    return len(cluster.asked(everything, account(installed)))


@pytest.fixture
def shop(everything: Kube) -> Iterator[str]:
    """A namespace with a canary for each kind of target."""
    namespace = everything.namespace(f"shop-{secrets.token_hex(4)}")
    template = deployment(namespace, "daemon", "app:2.0.0")
    del template["spec"]["replicas"]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front", "namespace": namespace}}
    everything.apply(
        deployment(namespace, "web", "app:2.0.0"),
        {**template, "kind": "DaemonSet"},
        {**service, "spec": {"ports": [{"port": 80}]}},
    )
    for kind, name in (("Deployment", "web"), ("DaemonSet", "daemon"), ("Service", "front")):
        everything.apply(canary(namespace, kind, name))
        status = {"phase": "Progressing", "canaryWeight": 10, "failedChecks": 0, "iterations": 0}
        everything.set_status("Canary", namespace, name, status)
    yield namespace
    everything.clear(namespace)


def canary(namespace: str, kind: str, name: str) -> Thing:
    """Asks Aviary before its promotion."""
    hook = {"name": "gate", "type": "confirm-promotion", "url": "http://aviary.flagger/gate/check"}
    target = {"apiVersion": "v1" if kind == "Service" else "apps/v1", "kind": kind, "name": name}
    analysis = {"interval": "10s", "threshold": 5, "stepWeights": [10, 50], "webhooks": [hook]}
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"targetRef": target, "service": {"port": 80}, "analysis": analysis},
    }


@pytest.fixture
def server(everything: Kube, installed: str, tmp_path: Path) -> Iterator[Server]:
    """Aviary with that account, and the cast."""
    made = Server(tmp_path / "data", **in_pod(everything, tmp_path / "account", installed))
    made.program = ["-m", IN_POD]
    try:
        made.start()
        until(
            lambda: httpx.get(f"{made.url}/readyz", trust_env=False, timeout=30).status_code == 200, "ready"
        )
        made.add_people()
        yield made
    finally:
        made.kill()
        print(made.output)


def in_pod(kube: Kube, folder: Path, namespace: str) -> dict[str, str]:
    """The environment of a Pod with the installed account."""
    return {
        "AVIARY_CLUSTER": "in-cluster",
        "KUBERNETES_SERVICE_HOST": "127.0.0.1",
        "KUBERNETES_SERVICE_PORT": str(kube.port),
        "POD_ACCOUNT": str(cluster.account_folder(kube, folder, namespace)),
    }


@pytest.fixture
def alice(server: Server) -> Iterator[httpx.Client]:
    """The REST API as an approver."""
    token = server.manage("token", "alice", module=IN_POD).strip()
    headers = {"Authorization": f"Token {token}"}
    address = f"{server.url}/api/v1/canaries"
    with httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=30) as client:
        yield client


def decided(client: httpx.Client, namespace: str, name: str, action: str) -> httpx.Response:
    """Decide, or change the canary, with a reason."""
    return client.post(f"/{namespace}/{name}/{action}", json={"reason": "because"})


def done(client: httpx.Client, namespace: str, name: str, action: str) -> bool:
    """It was accepted."""
    return decided(client, namespace, name, action).status_code == 200


def shown(page: Visitor, address: str, text: str) -> bool:
    """The page says so."""
    return text in page.get(address).text


def test_the_role_is_enough_and_nothing_in_it_is_idle(
    everything: Kube, installed: str, before: int, shop: str, server: Server, alice: httpx.Client
) -> None:
    role = of_kind("single", "ClusterRole")
    page = sign_in(server.url, "alice", PASSWORD)
    for name in ("web", "daemon", "front"):
        until(partial(shown, page, f"/canaries/{shop}/{name}", "confirm-promotion"))
        assert "may not read" not in page.get(f"/canaries/{shop}/{name}").text
        until(lambda: decided(alice, shop, name, "approve").status_code == 200)  # noqa: B023
    for address in ("/", "/releases", "/audit", "/freezes"):
        assert page.get(address).status_code == 200
    # What follows says which right is missing.
    with suppress(AssertionError):
        until(lambda: granted(*role) <= {right for right, _status in requests(everything, installed, before)})
    seen = requests(everything, installed, before)
    assert {right for right, status in seen if status >= 400} == set()
    assert {right for right, _status in seen} - {OWN_RIGHTS} == granted(*role)


def test_changes_of_the_cluster_need_the_addition_and_no_more_than_it(
    everything: Kube, installed: str, shop: str, server: Server, alice: httpx.Client
) -> None:
    until(lambda: decided(alice, shop, "front", "suspend").status_code != 404, "the canary is seen")
    refused = decided(alice, shop, "front", "suspend")
    assert refused.status_code == 403, refused.text
    things = objects("interventions")
    for thing in things:
        cluster.apply(everything, thing)
    # What the account may do is asked once a minute.
    server.kill()
    server.start()
    try:
        until(partial(done, alice, shop, "front", "suspend"), "the right is seen")
        for name in ("web", "daemon"):
            everything.set_status("Canary", shop, name, FAILED)
            until(partial(done, alice, shop, name, "retry"), f"retry {name}")
    finally:
        for thing in things:
            cluster.remove(everything, thing)
    patched = {right for right, status in requests(everything, installed) if right[0] == "patch"}
    assert patched == granted(*of_kind("interventions", "ClusterRole"))


def test_without_the_role_the_page_says_what_is_missing(
    everything: Kube, installed: str, server: Server
) -> None:
    (binding,) = of_kind("single", "ClusterRoleBinding")
    page = sign_in(server.url, "alice", PASSWORD)
    assert "Aviary may not list canaries" not in page.get("/").text
    cluster.remove(everything, binding)
    try:
        server.kill()
        server.start()
        until(lambda: "Aviary may not list canaries" in page.get("/").text)
    finally:
        cluster.apply(everything, binding)
