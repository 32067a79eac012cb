"""The last known state of one cluster, with numbered changes. Plain Python, one event loop, no locks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dashboard.canary import Canary


class Reach(StrEnum):
    """How far the cluster can be trusted right now."""

    STARTING = "starting"
    LIVE = "live"
    STALE = "stale"


class Trouble(StrEnum):
    """What keeps the list of canaries from being read; each has its own helpful page."""

    NONE = ""
    NO_CRD = "no-crd"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    NO_CONFIG = "no-config"


@dataclass(frozen=True, slots=True)
class Freshness:
    """`since`: when this state began. `detail`: one line for a person (no secrets)."""

    reach: Reach
    since: datetime
    trouble: Trouble = Trouble.NONE
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """The effective canary share in per cent, and where it is from (`VirtualService checkout`, `status`,
    `last seen`, `maximum reached`)."""

    value: int
    source: str


@dataclass(frozen=True, slots=True)
class ImageChange:
    """One container of the target: the primary's image and the target's; equal when nothing changes."""

    container: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class CanaryView:
    """Everything a row shows of one canary. Equal views draw equal rows, so compare before publishing."""

    canary: Canary
    weight: Weight
    next_weight: int | None
    images: tuple[ImageChange, ...]
    revision: str
    primary_revision: str
    ready: str
    primary_ready: str
    phase_since: datetime | None
    observed_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.canary.key


@dataclass(frozen=True, slots=True)
class Change:
    """Number of the change, and which canaries it touched; `keys` empty: the freshness changed."""

    number: int
    keys: frozenset[tuple[str, str]]


class Store:
    """One cluster's canaries, joined with their workloads and routes."""

    def __init__(self, cluster: str, label: str) -> None:
        self.cluster, self.label = cluster, label
        self.number = 0
        self.freshness: Freshness
        raise NotImplementedError

    def get(self, namespace: str, name: str) -> CanaryView | None:
        """One canary, or None."""
        raise NotImplementedError

    def all(self) -> Iterable[CanaryView]:
        """Every canary, unordered."""
        raise NotImplementedError

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` after each change that a person could see; returns the unsubscription."""
        raise NotImplementedError
