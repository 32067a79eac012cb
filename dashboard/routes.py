"""What share of the traffic a routing object sends to a canary's Service, and where to look for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.around import http_routes, ingresses, traffic_splits, virtual_services
from dashboard.canary import Canary
from dashboard.fields import Fields, Problems

CANARY_SUFFIX = "-canary"
# Flagger's providers by how their names begin, and what decides there.
DECIDING = {
    "gatewayapi": "HTTPRoute",
    "smi": "TrafficSplit",
    "linkerd": "TrafficSplit",
    "osm": "TrafficSplit",
    "nginx": "Ingress",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One routing object. `shares`: per cent of the traffic for each Service whose name ends in `-canary`;
    `mirrors`: per cent of the requests of which such a Service gets a copy."""

    kind: str
    namespace: str
    name: str
    shares: tuple[tuple[str, int], ...]
    mirrors: tuple[tuple[str, int], ...] = ()
    version: int = field(default=0, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name

    def share(self, service: str) -> int | None:
        """Per cent for that Service; None when the object does not name it."""
        return dict(self.shares).get(service)

    def mirror(self, service: str) -> int:
        """Per cent of the requests of which that Service gets a copy, whose answers nobody sees."""
        return dict(self.mirrors).get(service, 0)


@dataclass(frozen=True, slots=True)
class _Destination:
    service: str
    weight: int
    # Flagger marks the weighted rule among those of session affinity by a header or filter it sets there.
    marked: bool


def deciding(canary: Canary) -> tuple[str, ...]:
    """The kinds that decide about traffic, as far as the manifest tells; none with Kubernetes alone."""
    provider = canary.provider
    if provider == "kubernetes":
        return ()
    named = next((kind for name, kind in DECIDING.items() if provider.startswith(name)), "")
    if named:
        return (named,)
    if provider:
        return ("VirtualService",) if provider.startswith("istio") else ()
    # Flagger's own default counts, which the cluster does not tell.
    return ("Ingress",) if canary.ingress_name else ("VirtualService", "HTTPRoute")


def places(canary: Canary) -> tuple[tuple[str, tuple[str, str]], ...]:
    """Kind, namespace and name of what may decide about the canary's traffic, the likeliest first."""
    first = deciding(canary)[:1]
    kinds = sorted(("VirtualService", "HTTPRoute", "TrafficSplit"), key=lambda kind: kind not in first)
    apex = (canary.namespace, canary.service_name)
    found = [(kind, apex) for kind in kinds]
    if canary.ingress_name:
        # The copy of the Ingress that Flagger makes decides; the Ingress itself only leads there.
        names = (canary.ingress_name + CANARY_SUFFIX, canary.ingress_name)
        own = [("Ingress", (canary.namespace, name)) for name in names]
        found = [*own, *found] if "Ingress" in first else [*found, *own]
    return tuple(found)


def parse(kind: str, raw: Mapping[str, Any]) -> Route:
    """Read a routing object of one of the four kinds; never raises for odd content."""
    top = Fields(raw, "", Problems())
    meta, spec = top.inner("metadata"), top.inner("spec")
    mirrored: list[tuple[str, int]] = []
    if kind == "Ingress":
        rules = _ingress(top, spec)
    elif kind == "TrafficSplit":
        rules = [[_part(one) for one in spec.inners("backends")]]
    elif kind == "HTTPRoute":
        rules = [[_backend(one) for one in rule.inners("backendRefs")] for rule in spec.inners("rules")]
        mirrored = [http_routes.mirror(rule) for rule in spec.inners("rules")]
    else:
        routes = [*spec.inners("tcp"), *spec.inners("http")]
        rules = [_destinations(rule.inners("route")) for rule in routes]
        mirrored = [virtual_services.mirror(rule) for rule in spec.inners("http")]
    mirrors = {_name(host): share for host, share in mirrored if _name(host).endswith(CANARY_SUFFIX)}
    shares = tuple(_shares(rules).items())
    name, version = meta.text("name"), meta.version()
    return Route(kind, meta.text("namespace"), name, shares, tuple(mirrors.items()), version)


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
            service=_name(one.inner("destination").text("host")),
            weight=max(0, one.whole("weight", default)),
            marked="headers" in one,
        )
        for one in fields
    ]


def _backend(one: Fields) -> _Destination:
    return _Destination(one.text("name"), max(0, one.whole("weight", 1)), bool(one.listed("filters")))


def _part(one: Fields) -> _Destination:
    return _Destination(one.text("service"), max(0, traffic_splits.thousandths(one) or 0), marked=False)


def _ingress(top: Fields, spec: Fields) -> list[list[_Destination]]:
    """Each canary that an Ingress leads to, and what is left for others."""
    share = ingresses.share(ingresses.canary_annotations(top))
    if share is None:
        return []
    paths = [path for rule in spec.inners("rules") for path in rule.inner("http").inners("paths")]
    ends = [path.inner("backend") for path in paths] + [spec.inner("defaultBackend")]
    names = (end.inner("service").text("name") for end in ends)
    return [[_Destination(name, share, False), _Destination("", 100 - share, False)] for name in names]


def _name(host: str) -> str:
    """`podinfo-canary.test.svc.cluster.local` is the same Service as `podinfo-canary`."""
    return host.split(".", 1)[0]
