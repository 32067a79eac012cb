"""One canary joined with its workloads and its routing object: what a row shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.canary import Canary
from dashboard.routes import Route
from dashboard.weights import Memory, Weight, next_weight
from dashboard.workloads import Workload

# What Flagger calls the copy of the target that takes the traffic between releases.
PRIMARY_SUFFIX = "-primary"


@dataclass(frozen=True, slots=True)
class ImageChange:
    """One container of the target: the primary's image and the target's; equal when nothing changes.

    `old` is "" when the primary is not known.
    """

    container: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class CanaryView:
    """Everything a row shows of one canary. Equal views draw equal rows, so compare before publishing.

    `revision` and `images` are "" and () while the target is not known. `observed_at` is when the
    cluster last said something about the canary or its target; it does not make two views differ.
    """

    canary: Canary
    weight: Weight
    next_weight: int | None
    images: tuple[ImageChange, ...]
    revision: str
    primary_revision: str
    ready: str
    primary_ready: str
    phase_since: datetime | None
    observed_at: datetime = field(compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.canary.key


@dataclass(frozen=True, slots=True)
class Parts:
    """What belongs to one canary; None for what is not known."""

    target: Workload | None = None
    primary: Workload | None = None
    route: Route | None = None


def join(canary: Canary, parts: Parts, memory: Memory, at: datetime) -> CanaryView:
    """Put the parts together; `memory` is what was remembered up to and including this state."""
    target, primary = parts.target, parts.primary
    return CanaryView(
        canary=canary,
        weight=memory.weight,
        next_weight=next_weight(canary, memory.weight.value),
        images=_images(target, primary),
        revision=target.revision if target else "",
        primary_revision=primary.revision if primary else "",
        ready=target.ready if target else "",
        primary_ready=primary.ready if primary else "",
        phase_since=memory.since,
        observed_at=at,
    )


def _images(target: Workload | None, primary: Workload | None) -> tuple[ImageChange, ...]:
    old: Mapping[str, str] = dict(primary.images) if primary else {}
    return (
        tuple(ImageChange(name, old.get(name, ""), image) for name, image in target.images) if target else ()
    )
