"""A real API server takes every object that is installed, and the Pods under Pod Security `restricted`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.deploy import cluster
from tests.deploy.rendered import CHARTS, INSTALLATIONS, OVERLAYS, Thing, objects, of_kind, one, pod_templates
from tests.support.kube import Kube, KubeError

pytestmark = pytest.mark.kube


@pytest.fixture(scope="module")
def istio(kube: Kube) -> Iterator[Kube]:
    """With Istio's Gateway installed."""
    cluster.install(kube, cluster.GATEWAY)
    yield kube
    kube.delete("CustomResourceDefinition", "", cluster.GATEWAY["metadata"]["name"])


@pytest.fixture
def restricted(kube: Kube) -> str:
    """A namespace that takes no Pod but a restricted one."""
    name = f"restricted-{secrets.token_hex(4)}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    meta = {"name": name, "labels": labels}
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    return name


@pytest.mark.parametrize("name", [*OVERLAYS, *CHARTS])
def test_every_object_is_accepted(istio: Kube, name: str) -> None:
    for namespace in ("flagger", "flagger-system"):
        istio.namespace(namespace)
    things = objects(name)
    try:
        for thing in things:
            kept = cluster.apply(istio, thing)
            assert kept["metadata"]["name"] == thing["metadata"]["name"]
            # Twice, as an upgrade does.
            cluster.apply(istio, thing)
    finally:
        for thing in things:
            cluster.remove(istio, thing)


def test_a_field_that_does_not_exist_would_be_refused(istio: Kube) -> None:
    istio.namespace("flagger")
    for kind, field in (("Deployment", "replica"), ("Gateway", "server")):
        thing = deepcopy(one("istio", kind))
        thing["spec"][field] = 1
        with pytest.raises(KubeError, match=field):
            cluster.apply(istio, thing)


def pod(template: Thing, namespace: str) -> dict[str, Any]:
    meta = {"name": f"pod-{secrets.token_hex(4)}", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_pods_pass_the_restricted_standard(kube: Kube, restricted: str, name: str) -> None:
    for template in pod_templates(name):
        made = pod(template, restricted)
        cluster.apply(kube, made)
        cluster.remove(kube, made)


def test_a_pod_with_one_right_more_would_not_pass(kube: Kube, restricted: str) -> None:
    (template,) = pod_templates("single")
    template["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    with pytest.raises(KubeError, match="violates PodSecurity"):
        cluster.apply(kube, pod(template, restricted))


def test_the_load_testers_service_changes_hands_in_one_step(kube: Kube) -> None:
    """As migrating.md has it: whoever made the Service, with a selector of its own, loses it whole."""
    namespace = kube.namespace(f"takeover-{secrets.token_hex(4)}")
    before = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "flagger-loadtester", "namespace": namespace},
        "spec": {
            "selector": {"app": "flagger-loadtester"},
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
        },
    }
    made = kube.request("POST", f"/api/v1/namespaces/{namespace}/services?fieldManager=helm", before)
    (ours,) = [
        thing
        for thing in of_kind("drop-in-flagger", "Service")
        if thing["metadata"]["name"] == "flagger-loadtester"
    ]
    after = cluster.apply(kube, {**ours, "metadata": {**ours["metadata"], "namespace": namespace}})
    assert after["spec"]["selector"] == {"app.kubernetes.io/name": "aviary"}
    assert len(after["spec"]["ports"]) == 1
    assert after["spec"]["clusterIP"] == made["spec"]["clusterIP"], "clients keep the address that they know"
    cluster.remove(kube, after)
