"""A Canary as Flagger keeps it, parsed from the API server's JSON. Plain Python, no Django."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dashboard import analysis
from dashboard.analysis import Hook, Strategy
from dashboard.checksum import checksum
from dashboard.fields import Fields, Problems

__all__ = ["Canary", "Hook", "Strategy", "parse"]

# Written by kubectl: the whole manifest once more.
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True)
class Canary:
    """Spec and status of one Canary. `problem` is set when a part could not be read.

    `interval` in seconds; `steps` the weights in per cent that Flagger walks, in order (empty for
    iterations); `status_weight` as written by Flagger, often not the truth: see
    `store.CanaryView.weight`. `run_began`: since when the condition is what it is, which from Waiting or
    Progressing to Finalising is one time for one run. Flagger touches `resource_version` and
    `last_transition` every interval without changing anything that a person sees: they do not make two
    canaries differ.
    """

    cluster: str
    namespace: str
    name: str
    uid: str
    resource_version: str = field(compare=False)
    generation: int
    created: datetime | None
    deleting: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    phase: str
    status_weight: int
    failed_checks: int
    iteration: int
    last_applied_spec: str
    last_promoted_spec: str
    checksum: str
    last_transition: datetime | None = field(compare=False)
    phase_changed: datetime | None
    run_began: datetime | None
    message: str

    strategy: Strategy
    provider: str
    target_kind: str
    target_name: str
    service_name: str
    interval: float
    threshold: int
    step_weight: int
    step_weights: tuple[int, ...]
    steps: tuple[int, ...]
    max_weight: int
    iterations: int
    step_weight_promotion: int
    mirror: bool
    suspended: bool
    skip_analysis: bool
    hooks: tuple[Hook, ...]
    problem: str = ""
    ingress_name: str = ""
    delegation: bool = False
    manifest: str = field(default="{}", repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name

    @property
    def raw(self) -> Mapping[str, Any]:
        """The object as the API server gave it, without managedFields; webhook addresses unmasked."""
        # Kept as text: a thousand canaries as nested dicts would take ten times the memory.
        value: Mapping[str, Any] = json.loads(self.manifest)
        return value


def parse(cluster: str, raw: Mapping[str, Any]) -> Canary:
    """Read a Canary object; never raises for odd content: what cannot be read is named in `problem`."""
    problems = Problems()
    top = Fields(raw, "", problems)
    read = {**_meta(top.inner("metadata")), **_spec(top.inner("spec")), **_status(top.inner("status"))}
    return Canary(cluster=cluster, **read, problem=str(problems), manifest=_manifest(raw))


def _meta(meta: Fields) -> dict[str, Any]:
    return {
        "namespace": meta.text("namespace"),
        "name": meta.text("name"),
        "uid": meta.text("uid"),
        "resource_version": meta.text("resourceVersion"),
        "generation": meta.whole("generation"),
        "created": meta.moment("creationTimestamp"),
        "deleting": "deletionTimestamp" in meta,
        "labels": meta.texts("labels"),
        "annotations": {key: text for key, text in meta.texts("annotations").items() if key != LAST_APPLIED},
    }


def _spec(spec: Fields) -> dict[str, Any]:
    target, provider = spec.inner("targetRef"), spec.text("provider")
    if "targetRef" not in spec:
        spec.problems.add("spec.targetRef", "set")
    plan = analysis.read(spec, provider)
    return {
        **{name: getattr(plan, name) for name in plan.__slots__},
        "provider": provider,
        "target_kind": _target_kind(target),
        "target_name": target.text("name"),
        "service_name": spec.inner("service").text("name") or target.text("name"),
        "ingress_name": spec.inner("ingressRef").text("name"),
        "delegation": spec.inner("service").truth("delegation"),
        "suspended": spec.truth("suspend"),
        "skip_analysis": spec.truth("skipAnalysis") or plan.strategy is Strategy.NONE,
    }


def _status(status: Fields) -> dict[str, Any]:
    configs = status.texts("trackedConfigs") if "trackedConfigs" in status else None
    phase, promoted = status.text("phase"), _promoted(status)
    last_applied = status.text("lastAppliedSpec")
    return {
        "phase": phase,
        "status_weight": status.whole("canaryWeight"),
        "failed_checks": status.whole("failedChecks"),
        "iteration": status.whole("iterations"),
        "last_applied_spec": last_applied,
        "last_promoted_spec": status.text("lastPromotedSpec"),
        "checksum": checksum(configs, last_applied),
        "last_transition": status.moment("lastTransitionTime"),
        "phase_changed": promoted.moment("lastUpdateTime") if promoted.text("reason") == phase else None,
        "run_began": promoted.moment("lastTransitionTime"),
        "message": promoted.text("message"),
    }


def _promoted(status: Fields) -> Fields:
    """The one condition that Flagger keeps; its reason repeats the phase, its time is its start."""
    for condition in status.inners("conditions"):
        if condition.text("type") == "Promoted":
            return condition
    return Fields(None, "status.conditions", status.problems)


def _target_kind(target: Fields) -> str:
    kind = target.text("kind")
    if kind == "Service" and target.text("apiVersion").startswith("serving.knative.dev/"):
        return "KnativeService"
    return kind


def _manifest(raw: Mapping[str, Any]) -> str:
    meta = raw.get("metadata")
    if isinstance(meta, Mapping) and "managedFields" in meta:
        meta = {key: value for key, value in meta.items() if key != "managedFields"}
        raw = {**raw, "metadata": meta}
    return json.dumps(raw, separators=(",", ":"), default=str)
