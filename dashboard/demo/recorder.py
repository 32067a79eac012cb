"""What the demo's Flagger tells on its `/metrics`, named as in Flagger's own recorder."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from dashboard.demo import routing
from dashboard.demo.turn import Turn

STATUS = {"Progressing": 0, "Failed": 2}
MESH = "istio"


class Recorder:
    """Gauges of one Flagger; the label `name` is the target's, `workload` a target or a primary."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        about = "Flagger version and mesh provider information"
        self.info = self._gauge("info", about, "version", "mesh_provider")
        self.status = self._gauge("canary_status", "Last canary analysis result", "name", "namespace")
        self.weight = self._gauge(
            "canary_weight", "The virtual service destination weight current value", "workload", "namespace"
        )
        self.analysis = self._gauge(
            "canary_metric_analysis",
            "Last canary analysis result per metric",
            *("name", "namespace", "metric"),
        )
        self.info.labels("1.44.0", MESH).set(1)

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        return Gauge(name, help_text, labels, subsystem="flagger", registry=self.registry)

    def seen(self, turn: Turn) -> None:
        """Phase and weight after an interval."""
        self.status.labels(turn.target, turn.namespace).set(STATUS.get(turn.phase, 1))
        canary = routing.weight(turn)
        self.weight.labels(f"{turn.target}-primary", turn.namespace).set(100 - canary)
        self.weight.labels(turn.target, turn.namespace).set(canary)

    def measured(self, turn: Turn, metric: str, value: float) -> None:
        """The value of one check, durations in seconds."""
        self.analysis.labels(turn.target, turn.namespace, metric).set(value)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)
