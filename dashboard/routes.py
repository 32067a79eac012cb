"""What share of the traffic a VirtualService or HTTPRoute sends to a canary's Service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.fields import Fields, Problems

CANARY_SUFFIX = "-canary"


@dataclass(frozen=True, slots=True)
class Route:
    """One routing object. `shares`: per cent of the traffic for each Service whose name ends in `-canary`."""

    kind: str
    namespace: str
    name: str
    shares: tuple[tuple[str, int], ...]

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name

    def share(self, service: str) -> int | None:
        """Per cent for that Service; None when the object does not name it."""
        return dict(self.shares).get(service)


@dataclass(frozen=True, slots=True)
class _Destination:
    service: str
    weight: int
    # Flagger marks the weighted rule among those of session affinity by a header or filter it sets there.
    marked: bool


def parse(kind: str, raw: Mapping[str, Any]) -> Route:
    """Read a VirtualService or HTTPRoute; never raises for odd content."""
    top = Fields(raw, "", Problems())
    meta, spec = top.inner("metadata"), top.inner("spec")
    if kind == "HTTPRoute":
        rules = [[_backend(one) for one in rule.inners("backendRefs")] for rule in spec.inners("rules")]
    else:
        routes = [*spec.inners("tcp"), *spec.inners("http")]
        rules = [_destinations(rule.inners("route")) for rule in routes]
    return Route(kind, meta.text("namespace"), meta.text("name"), tuple(_shares(rules).items()))


def _shares(rules: Iterable[list[_Destination]]) -> dict[str, int]:
    """The last rule that names a canary counts, as for Flagger; a marked one before any other.

    In A/B testing a further rule names only the primary, with weight 0 while the canary is tested.
    """
    shares: dict[str, int] = {}
    marked: set[str] = set()
    for rule in rules:
        total = sum(destination.weight for destination in rule)
        for destination in rule:
            service = destination.service
            if not service.endswith(CANARY_SUFFIX) or (service in marked and not destination.marked):
                continue
            shares[service] = round(100 * destination.weight / total) if total > 0 else 0
            if destination.marked:
                marked.add(service)
    return shares


def _destinations(fields: list[Fields]) -> list[_Destination]:
    # Istio sends everything to a lone destination, whatever its weight says.
    default = 100 if len(fields) == 1 else 0
    return [
        _Destination(
            # `podinfo-canary.test.svc.cluster.local` is the same Service as `podinfo-canary`.
            service=one.inner("destination").text("host").split(".", 1)[0],
            weight=max(0, one.whole("weight", default)),
            marked="headers" in one,
        )
        for one in fields
    ]


def _backend(one: Fields) -> _Destination:
    return _Destination(one.text("name"), max(0, one.whole("weight", 1)), bool(one.listed("filters")))
