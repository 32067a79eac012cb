"""One canary at one interval, as Flagger read it at its start, and what Flagger writes to its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dashboard.checksum import checksum
from dashboard.demo import workloads
from dashboard.demo.state import CANARIES, Cluster, Object, stamp

# Phases in which Flagger leaves weight and iterations as they are.
KEEP_WEIGHT = frozenset({"Progressing", "Waiting", "Promoting"})


@dataclass(frozen=True, slots=True)
class Turn:
    """`phase` is what events and hooks say: Flagger's own copy, at times ahead of the status or behind it."""

    cluster: Cluster
    canary: Object
    phase: str

    @classmethod
    def read(cls, cluster: Cluster, namespace: str, name: str) -> Turn:
        """Raises Missing."""
        canary = cluster.get(CANARIES, namespace, name)
        return cls(cluster, canary, canary.get("status", {}).get("phase", ""))

    def again(self) -> Turn:
        """The same canary, read anew."""
        return Turn.read(self.cluster, self.namespace, self.name)

    def as_phase(self, phase: str) -> Turn:
        """For hooks and events that are told a phase ahead of the status."""
        return replace(self, phase=phase)

    @property
    def namespace(self) -> str:
        """The canary's namespace."""
        return str(self.canary["metadata"]["namespace"])

    @property
    def name(self) -> str:
        """The canary's name."""
        return str(self.canary["metadata"]["name"])

    @property
    def title(self) -> str:
        """`checkout.payments`, as event texts have it."""
        return f"{self.name}.{self.namespace}"

    @property
    def target(self) -> str:
        """The target's name."""
        return str(self.spec["targetRef"]["name"])

    @property
    def spec(self) -> Mapping[str, Any]:
        """The Canary's spec."""
        return self.canary["spec"]  # type: ignore[no-any-return]

    @property
    def status(self) -> Mapping[str, Any]:
        """The status at the start of the turn."""
        return self.canary.get("status", {})  # type: ignore[no-any-return]

    @property
    def analysis(self) -> Mapping[str, Any]:
        """`spec.analysis`."""
        return self.spec["analysis"]  # type: ignore[no-any-return]

    @property
    def provider(self) -> str:
        """`kubernetes`, `gatewayapi:v1` or, by default, `istio`."""
        return str(self.spec.get("provider", "istio"))

    @property
    def iterations(self) -> int:
        """How many iterations the analysis has; 0 for a weighted one."""
        return int(self.analysis.get("iterations", 0))

    @property
    def iteration(self) -> int:
        """How many have been done."""
        return int(self.status.get("iterations", 0))

    @property
    def failed_checks(self) -> int:
        """How many checks have failed."""
        return int(self.status.get("failedChecks", 0))

    @property
    def checksum(self) -> str:
        """As the payload of every hook carries it."""
        return checksum(self.status.get("trackedConfigs"), self.status.get("lastAppliedSpec", ""))

    def target_changed(self) -> bool:
        """A revision that is neither under analysis nor the promoted one: a way back is no canary."""
        revision = workloads.revision(self.cluster, self.canary)
        return revision not in (self.status.get("lastAppliedSpec"), self.status.get("lastPromotedSpec"))

    def write(self, **fields: Any) -> None:
        """Patch the status; every write is a transition to Flagger, though nothing may have changed."""
        patch = {"status": {**fields, "lastTransitionTime": stamp(self.cluster.now())}}
        self.cluster.patch(CANARIES, self.namespace, self.name, patch, status=True)

    def set_phase(self, phase: str) -> None:
        """Enter a phase; outside of some, weight and iterations go back, whatever the traffic does."""
        fields: dict[str, Any] = {"phase": phase, **self._condition(phase)}
        if phase not in KEEP_WEIGHT:
            fields |= {"canaryWeight": 0, "iterations": 0}
        if phase == "WaitingPromotion":
            fields["iterations"] = self.iterations - 1
        if phase == "Succeeded":
            fields["lastPromotedSpec"] = self.status["lastAppliedSpec"]
        self.write(**fields)

    def sync(self, phase: str) -> None:
        """Enter a phase from the start, with the target's present revision."""
        revision = workloads.revision(self.cluster, self.canary)
        promoted = {"lastPromotedSpec": revision} if phase == "Initialized" else {}
        self.write(
            phase=phase,
            canaryWeight=0,
            failedChecks=0,
            iterations=0,
            lastAppliedSpec=revision,
            trackedConfigs={},
            **promoted,
            **self._condition(phase),
        )

    def adopt(self) -> None:
        """The first status of a new canary."""
        phase = "Initializing"
        self.write(phase=phase, canaryWeight=0, failedChecks=0, iterations=0, **self._condition(phase))

    def _condition(self, phase: str) -> dict[str, Any]:
        """The condition `Promoted` with the phase as its reason; nothing when it stays the same."""
        kind = self.spec["targetRef"]["kind"]
        status, message = {
            "Initializing": ("Unknown", f"New {kind} detected, starting initialization."),
            "Initialized": ("True", f"{kind} initialization completed."),
            "Waiting": ("Unknown", "Waiting for approval."),
            "WaitingPromotion": ("Unknown", "Waiting for approval."),
            "Progressing": ("Unknown", "New revision detected, progressing canary analysis."),
            "Promoting": ("Unknown", "Canary analysis completed, starting primary rolling update."),
            "Finalising": ("Unknown", "Canary analysis completed, routing all traffic to primary."),
            "Succeeded": ("True", "Canary analysis completed successfully, promotion finished."),
            "Failed": ("False", f"Canary analysis failed, {kind} scaled to zero."),
        }[phase]
        old: Mapping[str, Any] = next(iter(self.status.get("conditions", [])), {})
        if (old.get("status"), old.get("reason")) == (status, phase):
            return {}
        now = stamp(self.cluster.now())
        since = old["lastTransitionTime"] if old.get("status") == status else now
        condition = {
            "type": "Promoted",
            "status": status,
            "reason": phase,
            "message": message,
            "lastUpdateTime": now,
            "lastTransitionTime": since,
        }
        return {"conditions": [condition]}
