"""A Canary as Flagger keeps it, parsed from the API server's JSON. Plain Python, no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Strategy(StrEnum):
    """What `spec.analysis` makes of a release."""

    CANARY = "canary"
    BLUE_GREEN = "blue/green"
    AB_TEST = "a/b testing"
    NONE = "no analysis"


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of the analysis; `url` with tokens masked, `timeout` in seconds."""

    type: str
    name: str
    url: str
    timeout: float
    retries: int
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Canary:
    """Spec and status of one Canary. `problem` is set when a part could not be read.

    `interval` in seconds; `steps` ascending weights in per cent (empty for iterations); `status_weight`
    as written by Flagger, often not the truth: see `store.CanaryView.weight`.
    """

    cluster: str
    namespace: str
    name: str
    uid: str
    resource_version: str
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
    last_transition: datetime | None
    message: str

    strategy: Strategy
    provider: str
    target_kind: str
    target_name: str
    service_name: str
    interval: float
    threshold: int
    steps: tuple[int, ...]
    max_weight: int
    iterations: int
    step_weight_promotion: int
    mirror: bool
    suspended: bool
    skip_analysis: bool
    hooks: tuple[Hook, ...]
    problem: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name


def parse(cluster: str, raw: Mapping[str, Any]) -> Canary:
    """Read a Canary object; never raises for odd content: what cannot be read is named in `problem`."""
    raise NotImplementedError
