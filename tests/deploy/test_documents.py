"""The commands and files of docs/install.md and docs/migrating.md do what is said of them."""

from __future__ import annotations

import re
import secrets
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Serve
from tests.deploy import cluster
from tests.deploy.rendered import DEPLOY, Thing, objects, one
from tests.gates.calls import APPROVED, FORBIDDEN, ask
from tests.support.kube import Kube
from tests.support.tiers import ROOT

TOKEN = "a-token-that-is-long-enough"


def document(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def commands(name: str, beginning: str) -> list[list[str]]:
    """The words of every command that begins so."""
    return [shlex.split(line) for line in document(name).splitlines() if line.startswith(beginning)]


def test_an_overlay_of_ones_own_builds(tmp_path: Path) -> None:
    kustomize, kubectl = shutil.which("kustomize"), shutil.which("kubectl")
    if not (kustomize or kubectl):
        pytest.skip("neither kustomize nor kubectl is here")
    (overlay,) = re.findall(r"```yaml\n(# kustomization\.yaml\n.*?)```", document("install"), re.DOTALL)
    (tmp_path / "kustomization.yaml").write_text(overlay)
    shutil.copytree(DEPLOY, tmp_path / "aviary" / "deploy")
    command = [kustomize, "build"] if kustomize else [str(kubectl), "kustomize"]
    done = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=True, timeout=60)
    things = [thing for thing in yaml.safe_load_all(done.stdout) if thing]
    (deployment,) = [thing for thing in things if thing["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.com/aviary:0.1.0"
    found = {entry["name"]: entry["value"] for entry in container["env"]}
    assert found["AVIARY_URL"] == "https://aviary.mycompany.example"
    assert found["AVIARY_TRUSTED_PROXIES"] == "10.0.0.0/8"
    assert found["DATABASE_URL_FILE"] == "/etc/aviary/database-url"
    bound = {thing["metadata"]["name"]: thing["subjects"] for thing in things if "subjects" in thing}
    account = {"kind": "ServiceAccount", "name": "aviary", "namespace": "flagger"}
    assert bound == {"aviary": [account], "aviary-interventions": [account]}


def test_the_secret_has_what_three_replicas_read() -> None:
    said = set(re.findall(r"--from-literal=([a-z-]+)=", document("install")))
    (container,) = one("ha", "Deployment")["spec"]["template"]["spec"]["containers"]
    read = {entry["value"] for entry in container["env"] if entry["name"].endswith("_FILE")}
    assert {f"/etc/aviary/{name}" for name in said} == read


def test_what_is_open_in_the_load_tester_is_carried_over(serve: Serve, tmp_path: Path) -> None:
    """A second Aviary plays the load tester: it answers as that does."""
    if not shutil.which("curl"):
        pytest.skip("curl is not here")
    old = serve(tmp_path / "old", AVIARY_WEBHOOK_AUTH="open")
    new = serve(tmp_path / "new", AVIARY_WEBHOOK_AUTH="token-writes", AVIARY_WEBHOOK_TOKENS=TOKEN)
    bodies = {name: f'{{"name": "{name}", "namespace": "shop"}}'.encode() for name in ("web", "cart", "till")}
    assert ask(old, "/gate/open", bodies["web"])[0] == 202
    assert ask(old, "/rollback/open", bodies["cart"])[0] == 202
    (script,) = re.findall(r"<<'SCRIPT'\n(.*)\nSCRIPT\n", document("migrating"), re.DOTALL)
    script = script.replace("test podinfo", "shop web\nshop cart\nshop till")
    script = script.replace("http://flagger-loadtester", old.url).replace("http://aviary", new.url)
    done = subprocess.run(
        ["sh", "-s"],
        input=script,
        env={"PATH": "/usr/bin:/bin", "TOKEN": TOKEN, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == [
        "gate of shop/web is open here as well",
        "rollback of shop/cart is open here as well",
    ], done.stderr
    for switch, name, answer in (
        ("gate", "web", APPROVED),
        ("rollback", "web", FORBIDDEN),
        ("gate", "cart", FORBIDDEN),
        ("rollback", "cart", APPROVED),
        ("gate", "till", FORBIDDEN),
    ):
        assert ask(new, f"/{switch}/check", bodies[name]) == answer


@pytest.mark.kube
def test_the_switch_comes_last_and_goes_back(kube: Kube) -> None:
    """With kubectl itself, beside a load tester that somebody else has installed."""
    if not (kubectl := shutil.which("kubectl")):
        pytest.skip("kubectl is not here")
    namespace = kube.namespace("flagger")
    path = f"/api/v1/namespaces/{namespace}/services/flagger-loadtester"
    before = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "flagger-loadtester", "namespace": namespace},
        "spec": {"selector": {"app": "flagger-loadtester"}, "ports": [_port("http", "http")]},
    }
    cluster.apply(kube, before, manager=f"helm-{secrets.token_hex(2)}")
    config = kube.kubeconfig("admin")

    def run(words: list[str]) -> Thing:
        subprocess.run(
            [kubectl, "--kubeconfig", config, *words[1:]],
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=100,
        )
        found: dict[str, Any] = kube.request("GET", path)["spec"]
        return {"selector": found["selector"], "to": [port["targetPort"] for port in found["ports"]]}

    first, last = commands("migrating", "kubectl apply --server-side")
    (back,) = commands("migrating", "kubectl -n flagger patch service")
    old = {"selector": {"app": "flagger-loadtester"}, "to": ["http"]}
    try:
        assert run(first) == old
        assert kube.request("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/aviary")
        assert run(last) == {"selector": {"app.kubernetes.io/name": "aviary"}, "to": ["hooks"]}
        assert run(back) == old
    finally:
        for thing in objects("drop-in-flagger"):
            cluster.remove(kube, thing)


def _port(name: str, target: str) -> Thing:
    return {"name": name, "port": 80, "protocol": "TCP", "targetPort": target}
