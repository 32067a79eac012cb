"""A real kube-apiserver on a real etcd, for tests: a pytest plugin with the session fixture `kube`.

No controllers and no kubelets run: Deployments stay as they are written, status is what the test writes.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.support import certificates
from tests.support.ports import free_port
from tests.support.tiers import ROOT, kube_assets, required

Raw = Mapping[str, Any]

CRDS = ROOT.parent / "shared" / "crds"
# Token → user and groups. `reader` may get, list and watch, `changer` also patch; `nobody` may nothing.
TOKENS = {
    "admin": "token-of-admin,admin,1,system:masters",
    "reader": "token-of-reader,reader,2,readers",
    "changer": 'token-of-changer,changer,4,"readers,changers"',
    "nobody": "token-of-nobody,nobody,3",
}
# etcd and the API server collect their garbage seldom: they share the cores with what is tested.
SPARING = {"GOGC": "400", "GOMEMLIMIT": "3GiB"}
API = {
    "Canary": ("/apis/flagger.app/v1beta1", "canaries"),
    "MetricTemplate": ("/apis/flagger.app/v1beta1", "metrictemplates"),
    "AlertProvider": ("/apis/flagger.app/v1beta1", "alertproviders"),
    "VirtualService": ("/apis/networking.istio.io/v1beta1", "virtualservices"),
    "HTTPRoute": ("/apis/gateway.networking.k8s.io/v1", "httproutes"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "DaemonSet": ("/apis/apps/v1", "daemonsets"),
    "Service": ("/api/v1", "services"),
    "Secret": ("/api/v1", "secrets"),
    "Event": ("/api/v1", "events"),
    "Ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
}
CLUSTER_WIDE = {
    "Namespace": ("/api/v1", "namespaces"),
    "CustomResourceDefinition": ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions"),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
}


class KubeError(Exception):
    """The API server refused, or did not start."""


def path_of(kind: str, namespace: str = "", name: str = "") -> str:
    """The address of one object, or of a list."""
    api, plural = API.get(kind) or CLUSTER_WIDE[kind]
    parts = [api, "namespaces", namespace] if kind in API and namespace else [api]
    return "/".join([*parts, plural, name] if name else [*parts, plural])


class Kube:
    """`url` without a trailing slash; `ca` the certificate to trust; `folder` for files of the session."""

    def __init__(self, assets: Path, folder: Path) -> None:
        self.assets, self.folder = assets, folder
        self.port, self.etcd_port, peer = (free_port() for _ in range(3))
        self.url = f"https://127.0.0.1:{self.port}"
        self.peer = f"http://127.0.0.1:{peer}"
        self.ca = folder / "certificates" / "apiserver.crt"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.http: httpx.Client | None = None
        certificates.create(folder)
        (folder / "tokens.csv").write_text("\n".join(TOKENS.values()))

    def start_etcd(self) -> None:
        """Start etcd on its port and data."""
        client = f"http://127.0.0.1:{self.etcd_port}"
        self._run(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={self.peer}",
            f"--initial-advertise-peer-urls={self.peer}",
            f"--initial-cluster=default={self.peer}",
            "--unsafe-no-fsync",
        )

    def start(self, limit: float = 60) -> None:
        """Start the API server, on the same port and data as before, and wait until it is ready."""
        self._run(
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.port}",
            f"--cert-dir={self.folder / 'certificates'}",
            f"--client-ca-file={self.folder / 'client-ca.crt'}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            f"--service-account-key-file={self.folder / 'service-account.key'}",
            f"--service-account-signing-key-file={self.folder / 'service-account.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--disable-admission-plugins=ServiceAccount",
            "--endpoint-reconciler-type=none",
            f"--audit-policy-file={ROOT / 'tests' / 'support' / 'audit-policy.yaml'}",
            f"--audit-log-path={self.folder / 'audit.jsonl'}",
        )
        deadline = time.monotonic() + limit
        while not self._ready():
            if self.processes["kube-apiserver"].poll() is not None or time.monotonic() > deadline:
                raise KubeError(f"kube-apiserver did not start:\n{self.log('kube-apiserver')[-4000:]}")
            time.sleep(0.1)

    def kill(self, name: str = "kube-apiserver") -> None:
        """End one of the two processes without warning (SIGKILL)."""
        process = self.processes.pop(name, None)
        if process is not None:
            process.kill()
            process.wait(20)
        if self.http is not None:
            self.http.close()
            self.http = None

    def log(self, name: str) -> str:
        """What that process has printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def request(self, method: str, path: str, body: object = None, content_type: str = "") -> dict[str, Any]:
        """One call as the administrator; KubeError unless it succeeds."""
        if self.http is None:
            trust = ssl.create_default_context(cafile=str(self.ca))
            self.http = httpx.Client(
                base_url=self.url,
                verify=trust,
                trust_env=False,
                timeout=30,
                headers={"Authorization": "Bearer token-of-admin"},
            )
        response = self.http.request(
            method,
            path,
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": content_type or "application/json"},
        )
        if response.is_error:
            raise KubeError(f"{method} {path}: {response.status_code} {response.text[:500]}")
        answer: dict[str, Any] = response.json()
        return answer

    def apply(self, *objects: Raw) -> None:
        """Create each object, or bring it to what is given here (server-side apply)."""
        for thing in objects:
            meta = thing["metadata"]
            path = path_of(thing["kind"], meta.get("namespace", ""), meta["name"])
            query = "?fieldManager=tests&force=true"
            self.request("PATCH", path + query, thing, "application/apply-patch+yaml")

    def set_status(self, kind: str, namespace: str, name: str, status: Raw) -> None:
        """Replace the whole status."""
        patch = [{"op": "add", "path": "/status", "value": status}]
        path = path_of(kind, namespace, name) + "/status"
        self.request("PATCH", path, patch, "application/json-patch+json")

    def merge(self, kind: str, namespace: str, name: str, patch: Raw) -> None:
        """A JSON merge patch on the object itself."""
        self.request("PATCH", path_of(kind, namespace, name), patch, "application/merge-patch+json")

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Delete one object."""
        self.request("DELETE", path_of(kind, namespace, name))

    def namespace(self, name: str) -> str:
        """Make sure that the namespace is there."""
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return name

    def clear(self, namespace: str) -> None:
        """Delete what tests keep in a namespace; the namespace itself stays (no controller removes it)."""
        for kind in API:
            for thing in self.request("GET", path_of(kind, namespace))["items"]:
                name = thing["metadata"]["name"]
                if thing["metadata"].get("finalizers"):
                    self.merge(kind, namespace, name, {"metadata": {"finalizers": []}})
                if not thing["metadata"].get("deletionTimestamp"):
                    self.delete(kind, namespace, name)

    def install_crds(self) -> None:
        """Install the CRDs of Flagger, Istio and the Gateway API, and wait until they are served."""
        for file in sorted(CRDS.glob("*.yaml")):
            self.apply(*(thing for thing in yaml.safe_load_all(file.read_text()) if thing))
        for kind in ("Canary", "MetricTemplate", "AlertProvider", "VirtualService", "HTTPRoute"):
            self.wait_served(kind)

    def wait_served(self, kind: str, limit: float = 30) -> None:
        """Wait until the kind can be listed."""
        deadline = time.monotonic() + limit
        while True:
            try:
                self.request("GET", path_of(kind))
                return
            except KubeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def kubeconfig(self, name: str = "admin", user: Raw | None = None) -> Path:
        """Write a kubeconfig whose current context is `name`; `user` is its credentials (else a token)."""
        credentials = user if user is not None else {"token": TOKENS[name].split(",")[0]}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "contexts": [{"name": name, "context": {"cluster": "tests", "user": name}}],
            "clusters": [
                {"name": "tests", "cluster": {"server": self.url, "certificate-authority": str(self.ca)}}
            ],
            "users": [{"name": name, "user": dict(credentials)}],
        }
        path = self.folder / f"kubeconfig-{name}.yaml"
        path.write_text(yaml.safe_dump(config))
        return path

    def stop(self) -> None:
        """End both processes."""
        for name in ("kube-apiserver", "etcd"):
            self.kill(name)

    def _ready(self) -> bool:
        try:
            self.request("GET", "/readyz")
            return True
        except ValueError:
            # The body is the text `ok`, not JSON.
            return True
        except (KubeError, httpx.HTTPError, OSError):
            return False

    def _run(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [str(self.assets / name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), **SPARING},
            )


def _may(who: str, *verbs: str) -> list[Raw]:
    """Give the group of that name these verbs on everything."""
    group = "rbac.authorization.k8s.io"
    meta = {"name": who}
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": list(verbs)}]
    return [
        {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": meta, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": who},
            "subjects": [{"apiGroup": group, "kind": "Group", "name": who}],
        },
    ]


@pytest.fixture(scope="session")
def kube(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """The one API server of this test run, with Flagger's, Istio's and the Gateway API's CRDs."""
    assets = kube_assets()
    if assets is None or not CRDS.is_dir():
        why = "no kube-apiserver and etcd here" if assets is None else f"no CRDs at {CRDS}"
        (pytest.fail if required() else pytest.skip)(f"kube: {why}")
    server = Kube(assets, tmp_path_factory.mktemp("kube"))
    try:
        server.start_etcd()
        server.start()
        server.install_crds()
        server.apply(*_may("readers", "get", "list", "watch"), *_may("changers", "patch"))
        yield server
    finally:
        server.stop()
