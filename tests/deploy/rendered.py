"""The objects that `deploy/rendered` installs."""

from __future__ import annotations

from typing import Any

import yaml

from tests.support.tiers import ROOT

Thing = dict[str, Any]

DEPLOY = ROOT / "deploy"
RENDERED = DEPLOY / "rendered"
# Whole installations; `interventions` is only an addition to one.
INSTALLATIONS = ("single", "ha", "drop-in-flagger", "drop-in-flagger-system", "istio")
OVERLAYS = (*INSTALLATIONS, "interventions")
CHARTS = tuple(f"chart-{name}" for name in OVERLAYS)


def objects(name: str) -> list[Thing]:
    """Every object of one rendered file."""
    text = (RENDERED / f"{name}.yaml").read_text(encoding="utf-8")
    return [thing for thing in yaml.safe_load_all(text) if thing]


def of_kind(name: str, kind: str) -> list[Thing]:
    """Those of one kind."""
    return [thing for thing in objects(name) if thing["kind"] == kind]


def one(name: str, kind: str, called: str = "aviary") -> Thing:
    """The only object of that kind and name."""
    (found,) = [thing for thing in of_kind(name, kind) if thing["metadata"]["name"] == called]
    return found


def pod_templates(name: str) -> list[Thing]:
    """The Pod template of every Deployment."""
    return [thing["spec"]["template"] for thing in of_kind(name, "Deployment")]


def container(name: str) -> Thing:
    """Aviary's own container."""
    (found,) = one(name, "Deployment")["spec"]["template"]["spec"]["containers"]
    result: Thing = found
    return result


def environment(name: str) -> dict[str, str]:
    """What Aviary's container is started with; every value is written out."""
    return {entry["name"]: entry["value"] for entry in container(name)["env"]}
