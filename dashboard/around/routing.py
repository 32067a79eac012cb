"""A routing object in full: hosts, gateways and where each rule sends the traffic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a rule sends a share, per cent of the rule; `weight` as written (None: not written).

    `service` as written, often a host; `key` the Service's namespace and name, None for anything else.
    """

    service: str
    port: str
    weight: int | None
    share: int
    key: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """`matches` one line each, for people; `mirror` the Service that gets a copy, `delegate` the routing
    object (namespace, name) that decides instead; `notes` what else counts, in the manifest's words."""

    name: str
    matches: tuple[str, ...]
    destinations: tuple[Destination, ...]
    mirror: str = ""
    mirror_share: int = 0
    delegate: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Routing:
    """A VirtualService, HTTPRoute, TrafficSplit or Ingress; `gateways` also parents and ingress classes.

    `upstream`: an Ingress whose controller sends to the Service itself, so that a mesh may still decide.
    """

    kind: str
    namespace: str
    name: str
    hosts: tuple[str, ...]
    gateways: tuple[str, ...]
    rules: tuple[Rule, ...]
    owner: str = ""
    upstream: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name

    def names(self) -> frozenset[tuple[str, str]]:
        """The Services that its rules name, with or without a share."""
        ends = (to.key for rule in self.rules for to in rule.destinations)
        return frozenset(key for key in ends if key is not None)

    def leads_to(self) -> frozenset[tuple[str, str]]:
        """The Services that get a share of some rule's traffic; copies of requests do not count."""
        ends = (to for rule in self.rules for to in rule.destinations)
        return frozenset(to.key for to in ends if to.key is not None and to.share > 0)

    def delegates_to(self) -> frozenset[tuple[str, str]]:
        """The routing objects that its rules leave the decision to."""
        return frozenset(rule.delegate for rule in self.rules if rule.delegate is not None)


def shares(weights: Sequence[int | None], missing: int) -> list[int]:
    """Each weight in per cent of them all; `missing` is what the API takes for one that is not written."""
    known = [max(0, missing if weight is None else weight) for weight in weights]
    total = sum(known)
    return [round(100 * weight / total) if total else 0 for weight in known]
