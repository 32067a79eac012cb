"""What the figures are measured on: a real kube-apiserver with 1,000 or 5,000 canaries, watched by Aviary."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.kube import CRDS, Kube
from tests.support.people import PASSWORD
from tests.support.server import Server
from tests.support.tiers import kube_assets
from tests.support.visitor import Visitor, sign_in

CANARIES, MANY = 1000, 5000
# These move. The list's first page shows the first hundred of them, and nothing else.
MOVING = 200
NAMESPACES = 20
WRITERS = 6
# Seconds after a start in which the server looks through the manifests of MANY canaries.
SETTLED = 60
STEPS = [10, 25, 50, 75, 90]


class Missing(Exception):
    """A part of the world that this machine does not have; the text says which."""


class World:
    """Made on first use, so that figures which need no cluster do not wait for one."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.stack = ExitStack()
        self._kube: Kube | None = None
        self._server: Server | None = None
        self._filled = 0

    def __enter__(self) -> World:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    @property
    def kube(self) -> Kube:
        """The API server with its canaries; raises Missing."""
        if self._kube is None:
            assets = kube_assets()
            if assets is None or not CRDS.is_dir():
                raise Missing("no kube-apiserver, etcd and CRDs here (KUBEBUILDER_ASSETS)")
            folder = self.scratch / "kube"
            folder.mkdir()
            kube = Kube(assets, folder)
            self.stack.callback(kube.stop)
            kube.start_etcd()
            kube.start()
            kube.install_crds()
            for number in range(NAMESPACES):
                kube.namespace(key(number)[0])
            self._kube = kube
            self._fill(CANARIES)
        return self._kube

    @property
    def server(self) -> Server:
        """One serving process that has read all canaries; raises Missing."""
        if self._server is None:
            config = self.kube.kubeconfig()
            server = Server(self.scratch / "data", AVIARY_CLUSTER="kubeconfig", KUBECONFIG=str(config))
            self.stack.callback(server.kill)
            server.start()
            server.add_people()
            self._server = server
        return self._server

    def grow(self) -> None:
        """MANY canaries from here on, read by a server that starts with them. Raises Missing.

        Returns when it has also looked through their manifests, which it does beside everything else.
        """
        if self._filled == MANY:
            return
        self._fill(MANY)
        if self._server is not None:
            self._server.terminate()
            self._server.start()
        visitor, deadline = self.visitor(), time.monotonic() + 120
        while f"All canaries · {MANY}" not in visitor.get("/").text:
            assert time.monotonic() < deadline, "the server has not read all canaries in two minutes"
            time.sleep(0.5)
        time.sleep(SETTLED)

    def _fill(self, count: int) -> None:
        kube, fresh = self.kube, range(self._filled, count)
        self._filled = max(self._filled, count)
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda number: _create(kube, number), fresh))

    def visitor(self, name: str = "alice") -> Visitor:
        """A signed-in client."""
        visitor = sign_in(self.server.url, name, PASSWORD)
        self.stack.callback(visitor.close)
        return visitor


def key(number: int) -> tuple[str, str]:
    """Namespace and name of a canary by its number."""
    return f"team-{number % NAMESPACES:02}", f"shop-{number:04}"


def status(number: int, weight: int) -> dict[str, Any]:
    """The status of a canary: the moving ones progress, the others are done."""
    moving = number < MOVING
    return in_phase("Progressing" if moving else "Succeeded", weight if moving else 0)


def in_phase(phase: str, weight: int) -> dict[str, Any]:
    """The status of a canary in that phase."""
    return {
        "phase": phase,
        "canaryWeight": weight,
        "failedChecks": 0,
        "iterations": 0,
        "lastAppliedSpec": "5d8f6c7b9",
        "lastPromotedSpec": "5d8f6c7b8",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "conditions": [],
    }


def _create(kube: Kube, number: int) -> None:
    namespace, name = key(number)
    kube.apply(_canary(number), _deployment(number), _deployment(number, primary=True))
    kube.set_status("Canary", namespace, name, status(number, STEPS[0]))


def _canary(number: int) -> dict[str, Any]:
    namespace, name = key(number)
    hooks = [
        {"name": "start", "type": "confirm-rollout", "url": "http://aviary/gate/check"},
        {"name": "roll back", "type": "rollback", "url": "http://aviary/rollback/check"},
    ]
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "service": {"port": 80},
            "analysis": {"interval": "10s", "threshold": 5, "stepWeights": STEPS, "webhooks": hooks},
        },
    }


def _deployment(number: int, *, primary: bool = False) -> dict[str, Any]:
    namespace, name = key(number)
    name, version = (f"{name}-primary", "1.0.0") if primary else (name, "1.1.0")
    labels = {"app": name}
    environment = [{"name": f"SETTING_{index}", "value": f"value {index}"} for index in range(10)]
    container = {"name": "app", "image": f"registry.local/shop:{version}", "env": environment}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
