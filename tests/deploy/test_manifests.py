"""What the manifests say, and that the rendered files are what the overlays and the chart come to."""

from __future__ import annotations

import os
import shutil
import subprocess
from operator import itemgetter
from pathlib import Path

import pytest
import yaml

from gates.addresses import _OPERATION
from tests.deploy.rendered import (
    CHARTS,
    DEPLOY,
    INSTALLATIONS,
    OVERLAYS,
    RENDERED,
    Thing,
    container,
    environment,
    objects,
    of_kind,
    one,
    pod_templates,
)
from tests.house.test_documents import settings_read

OPERATION = {address.label for address in _OPERATION}
NAMES = {"drop-in-flagger-system": "flagger-system"}


def key(thing: Thing) -> tuple[str, str]:
    return thing["kind"], thing["metadata"]["name"]


def test_the_rendered_files_are_what_the_sources_come_to(tmp_path: Path) -> None:
    if not (shutil.which("kustomize") or shutil.which("kubectl")):
        pytest.skip("neither kustomize nor kubectl is here: `make rendered` writes deploy/rendered anew")
    subprocess.run([DEPLOY / "render", tmp_path], check=True, capture_output=True, timeout=100)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert {f"{name}.yaml" for name in OVERLAYS} <= set(written)
    for name in written:
        made, kept = (folder / name for folder in (tmp_path, RENDERED))
        assert [*yaml.safe_load_all(made.read_text())] == [*yaml.safe_load_all(kept.read_text())], name


def test_nothing_else_is_kept_among_the_rendered_files() -> None:
    kept = {path.stem for path in RENDERED.iterdir()}
    assert kept == {*OVERLAYS, *CHARTS}


def comparable(things: list[Thing]) -> dict[tuple[str, str], Thing]:
    """By kind and name, in one order; Helm's note to itself left out."""
    for thing in things:
        if thing["metadata"].get("annotations") == {"helm.sh/resource-policy": "keep"}:
            del thing["metadata"]["annotations"]
        if thing["kind"] == "Deployment":
            for each in thing["spec"]["template"]["spec"]["containers"]:
                each.get("env", []).sort(key=itemgetter("name"))
    found = {key(thing): thing for thing in things}
    assert len(found) == len(things)
    return found


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_chart_comes_to_the_same_objects(name: str) -> None:
    # A chart has no addition by itself: it is set beside one replica.
    ours = objects(name) + (objects("single") if name == "interventions" else [])
    assert comparable(objects(f"chart-{name}")) == comparable(ours)


def test_the_chart_refuses_what_contradicts_itself() -> None:
    if not (helm := shutil.which("helm")):
        pytest.skip("helm is not here")
    for values, why in (
        (["replicas=2"], "a SQLite file cannot be shared"),
        (["istio.enabled=true"], "needs url"),
    ):
        flags = [part for value in values for part in ("--set", value)]
        done = subprocess.run(
            [helm, "template", DEPLOY / "chart", *flags], capture_output=True, text=True, timeout=60
        )
        assert done.returncode != 0
        assert why in done.stderr


@pytest.mark.parametrize("name", OVERLAYS)
def test_everything_is_in_one_namespace(name: str) -> None:
    wanted = NAMES.get(name, "flagger")
    for thing in objects(name):
        if thing["kind"] not in {"ClusterRole", "ClusterRoleBinding"}:
            assert thing["metadata"]["namespace"] == wanted, key(thing)
        for subject in thing.get("subjects", []):
            assert subject == {"kind": "ServiceAccount", "name": "aviary", "namespace": wanted}


@pytest.mark.parametrize("name", OVERLAYS)
def test_a_namespace_that_flagger_may_live_in_is_never_ours_to_delete(name: str) -> None:
    assert of_kind(name, "Namespace") == []


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_no_pod_has_more_rights_than_it_needs(name: str) -> None:
    for template in pod_templates(name):
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in pod["containers"]:
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert each["resources"]["requests"].keys() == {"cpu", "memory"}
            assert "memory" in each["resources"]["limits"]


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_every_setting_is_one_that_aviary_reads(name: str) -> None:
    named = {variable.removesuffix("_FILE") for variable in environment(name)}
    assert named <= settings_read()


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_secrets_come_as_files_from_one_secret(name: str) -> None:
    mounts = {mount["name"]: mount["mountPath"] for mount in container(name)["volumeMounts"]}
    for variable, value in environment(name).items():
        if variable.endswith("_FILE"):
            assert os.path.dirname(value) == mounts["secrets"]
        else:
            assert variable not in {"DATABASE_URL", "REDIS_URL"}
            assert not variable.endswith(("KEY", "TOKENS", "PASSWORD"))
    # Whoever installs makes the Secret: none of its values is ours to choose.
    assert of_kind(name, "Secret") == []


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_probes_ask_addresses_that_are_there(name: str) -> None:
    found = container(name)
    asked = {
        kind: found[kind]["httpGet"]["path"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert asked == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    assert set(asked.values()) <= OPERATION
    ports = {port["name"]: str(port["containerPort"]) for port in found["ports"]}
    assert environment(name)["PORT"] == ports["pages"]
    assert environment(name)["AVIARY_WEBHOOK_PORT"] == ports["hooks"]
    assert {found[kind]["httpGet"]["port"] for kind in asked} == {"pages"}


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_services_and_policies_find_the_pods(name: str) -> None:
    by_labels = {
        tuple(sorted(template["metadata"]["labels"].items())): {
            port["name"] for each in template["spec"]["containers"] for port in each["ports"]
        }
        for template in pod_templates(name)
    }
    for service in of_kind(name, "Service"):
        ports = by_labels[tuple(sorted(service["spec"]["selector"].items()))]
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for kind, field in (("NetworkPolicy", "podSelector"), ("PodDisruptionBudget", "selector")):
        assert tuple(one(name, kind)["spec"][field]["matchLabels"].items()) in by_labels


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_flaggers_port_is_for_flagger_and_the_pages_for_all(name: str) -> None:
    pages, hooks = one(name, "NetworkPolicy")["spec"]["ingress"]
    assert pages == {"ports": [{"port": "pages"}]}
    assert hooks["ports"] == [{"port": "hooks"}]
    labels = [next(iter(peer.values()))["matchLabels"] for peer in map(by_label, hooks["from"])]
    assert labels == [
        {"app": "flagger"},
        {"app.kubernetes.io/name": "flagger"},
        {"aviary-access": "hooks"},
    ]
    ports = {port["port"]: port["targetPort"] for port in one(name, "Service")["spec"]["ports"]}
    # What the documents' manifests call is http://aviary.flagger/hooks/…
    assert ports == {80: "hooks", 8080: "pages"}


def by_label(peer: Thing) -> Thing:
    """The selector that does not choose everything."""
    return {kind: selector for kind, selector in peer.items() if selector}


def test_a_single_replica_can_be_drained_and_never_runs_twice() -> None:
    for name in ("single", "drop-in-flagger"):
        spec = one(name, "Deployment")["spec"]
        assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
        assert one(name, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
        claim = one(name, "PersistentVolumeClaim")["metadata"]["name"]
        volumes = spec["template"]["spec"]["volumes"]
        assert {"name": "data", "persistentVolumeClaim": {"claimName": claim}} in volumes
        mounts = {mount["name"]: mount["mountPath"] for mount in container(name)["volumeMounts"]}
        assert environment(name)["AVIARY_DATA_DIR"] == mounts["data"]


def test_three_replicas_share_everything_and_stand_apart() -> None:
    spec = one("ha", "Deployment")["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    shared = {"DATABASE_URL_FILE", "REDIS_URL_FILE", "AVIARY_SECRET_KEY_FILE"}
    assert shared <= environment("ha").keys()
    pod = spec["template"]["spec"]
    assert "podAntiAffinity" in pod["affinity"]
    assert pod["topologySpreadConstraints"][0]["topologyKey"] == "topology.kubernetes.io/zone"
    assert of_kind("ha", "PersistentVolumeClaim") == []


@pytest.mark.parametrize("name", ["drop-in-flagger", "drop-in-flagger-system"])
def test_the_switch_is_the_only_thing_that_waits_for_the_last_step(name: str) -> None:
    marked = [key(thing) for thing in objects(name) if "aviary-step" in thing["metadata"].get("labels", {})]
    assert marked == [("Service", "flagger-loadtester")]


@pytest.mark.parametrize("name", ["drop-in-flagger", "drop-in-flagger-system"])
def test_the_load_testers_address_is_aviarys_and_tasks_go_on(name: str) -> None:
    service = one(name, "Service", "flagger-loadtester")["spec"]
    assert service["selector"] == one(name, "Service")["spec"]["selector"]
    assert [(port["port"], port["targetPort"]) for port in service["ports"]] == [(80, "hooks")]
    behind = environment(name)["AVIARY_LOADTESTER_URL"].removeprefix("http://")
    tasks = one(name, "Service", behind)["spec"]["selector"]
    assert tasks != service["selector"], "tasks would go in circles"


def test_flaggers_addresses_are_not_reached_through_istio() -> None:
    first, second = one("istio", "VirtualService")["spec"]["http"]
    assert first["directResponse"] == {"status": 404}
    kept = {next(iter(match["uri"].values())).strip("/") for match in first["match"]}
    assert {"gate", "rollback", "hooks", "t", "clusters", "metrics", ""} == kept
    (port,) = [
        port["port"] for port in one("istio", "Service")["spec"]["ports"] if port["targetPort"] == "pages"
    ]
    assert second["route"][0]["destination"] == {"host": "aviary", "port": {"number": port}}
    redirect = [server["tls"] for server in one("istio", "Gateway")["spec"]["servers"]]
    assert redirect[1] == {"httpsRedirect": True}
    (host,) = one("istio", "VirtualService")["spec"]["hosts"]
    assert environment("istio")["AVIARY_URL"] == f"https://{host}"
