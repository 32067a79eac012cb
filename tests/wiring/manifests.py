"""Small Canaries for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard import wiring
from dashboard.around.surroundings import Surroundings
from dashboard.canary import parse
from tests.around import things

Raw = dict[str, Any]

AVIARY = "http://aviary.flagger"


def hook(type_: str, path: str, name: str = "", **more: Any) -> Raw:
    """A webhook; `path` may be a whole address. Its name is its type unless given."""
    url = path if "://" in path else AVIARY + path
    return {"name": name or type_, "type": type_, "url": url, **more}


def typed(type_: str, **metadata: str) -> Raw:
    """A webhook at the typed address of its type; `on_deadline` is `on-deadline`."""
    policy = {key.replace("_", "-"): value for key, value in metadata.items()}
    return hook(type_, f"/hooks/{type_}") | ({"metadata": policy} if policy else {})


def canary(*hooks: Raw, status: Raw | None = None, spec: Raw | None = None, **analysis: Any) -> Raw:
    """A Canary in steps unless `analysis` says otherwise, in intervals of two minutes."""
    steps = {} if analysis.keys() & {"stepWeight", "stepWeights", "iterations"} else {"stepWeights": [10, 50]}
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"namespace": "test", "name": "podinfo"},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "podinfo"},
            "service": {"port": 9898},
            **(spec or {}),
            "analysis": {"interval": "2m", "threshold": 5, **steps, **analysis, "webhooks": list(hooks)},
        },
        "status": status or {},
    }


def warnings(raw: Raw, around: Iterable[tuple[str, Raw]] = ()) -> list[wiring.WiringWarning]:
    """What is said about a Canary among these objects, given with their kinds."""
    known, surroundings = parse("default", raw), Surroundings()
    for kind, thing in around:
        things.put(surroundings, kind, thing)
    return list(wiring.warnings(known, surroundings.of(known)))


def codes(raw: Raw, around: Iterable[tuple[str, Raw]] = ()) -> list[str]:
    """Only the codes, in order."""
    return [warning.code for warning in warnings(raw, around)]
