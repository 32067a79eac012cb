"""Hand-made canaries for tests of pages: parsed from objects as the API server would give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dashboard import stores, workloads
from dashboard.canary import Canary, parse
from dashboard.store import Reach, Store
from gates.keys import DEFAULT_CLUSTER

GATE_HOOKS = ("confirm-rollout", "confirm-traffic-increase", "confirm-promotion", "rollback")


def hook(kind: str) -> dict[str, Any]:
    """A webhook of that type, at the drop-in address."""
    address = "rollback" if kind == "rollback" else "gate"
    return {"type": kind, "name": kind, "url": f"http://aviary/{address}/check", "timeout": "5s"}


def raw(
    name: str = "podinfo",
    namespace: str = "test",
    phase: str = "Progressing",
    *,
    weight: int = 0,
    failed: int = 0,
    iterations: int = 0,
    steps: Sequence[int] = (10, 25, 50),
    analysis: dict[str, Any] | None = None,
    hooks: Iterable[str] = GATE_HOOKS,
    message: str = "",
    **spec: Any,
) -> dict[str, Any]:
    """A Canary object; `analysis` replaces the steps."""
    moment = "2026-11-24T12:00:00Z"
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": name, "namespace": namespace, "uid": f"{namespace}-{name}", "generation": 1},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "service": {"port": 80},
            "analysis": {
                "interval": "10s",
                "threshold": 5,
                **({"stepWeights": list(steps)} if analysis is None else analysis),
                "webhooks": [hook(kind) for kind in hooks],
            },
            **spec,
        },
        "status": {
            "phase": phase,
            "canaryWeight": weight,
            "failedChecks": failed,
            "iterations": iterations,
            "lastAppliedSpec": "5d8",
            "lastTransitionTime": moment,
            "conditions": [
                {"type": "Promoted", "reason": phase, "message": message, "lastUpdateTime": moment}
            ],
        },
    }


def canary(name: str = "podinfo", namespace: str = "test", phase: str = "Progressing", **rest: Any) -> Canary:
    """The same, parsed."""
    return parse(DEFAULT_CLUSTER, raw(name, namespace, phase, **rest))


def deployment(name: str, namespace: str, image: str) -> workloads.Workload:
    """A Deployment with one container `app`."""
    template = {"spec": {"containers": [{"name": "app", "image": image}]}}
    return workloads.parse(
        "Deployment",
        {
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"replicas": 2, "template": template},
            "status": {"readyReplicas": 2},
        },
    )


def store(*canaries: Canary, old: str = "shop/app:1.0", new: str = "shop/app:1.1") -> Store:
    """A live store with these canaries, each with a target and a primary."""
    made = Store(DEFAULT_CLUSTER, "test-cluster")
    put(made, *canaries, old=old, new=new)
    made.set_freshness(Reach.LIVE)
    return made


def put(made: Store, *canaries: Canary, old: str = "shop/app:1.0", new: str = "shop/app:1.1") -> None:
    """Add or change canaries."""
    made.apply(
        "Deployment",
        [deployment(one.target_name, one.namespace, new) for one in canaries]
        + [deployment(f"{one.target_name}-primary", one.namespace, old) for one in canaries],
    )
    made.apply("Canary", canaries)


@contextmanager
def shown(made: Store) -> Iterator[Store]:
    """Make it the only store that pages show."""
    before = stores.use_all([made])
    try:
        yield made
    finally:
        stores.use_all(before)
