"""Reading a TrafficSplit of SMI, as Linkerd and others take it."""

from __future__ import annotations

from dashboard.around import objects
from dashboard.around.objects import Raw, service_key
from dashboard.around.routing import Destination, Routing, Rule, shares
from dashboard.fields import Fields


def parse(raw: Raw) -> Routing:
    """Read a TrafficSplit; never raises for odd content."""
    top, namespace, name = objects.read(raw)
    spec = top.inner("spec")
    backends = spec.inners("backends")
    weights = [thousandths(backend) for backend in backends]
    services = [backend.text("service") for backend in backends]
    ends = tuple(
        Destination(service, "", _whole(weight), share, service_key(service, namespace))
        for service, weight, share in zip(services, weights, shares(weights, 0), strict=True)
    )
    host = spec.text("service")
    matches = tuple(match.text("name") for match in spec.inners("matches"))
    return Routing(
        kind="TrafficSplit",
        namespace=namespace,
        name=name,
        hosts=(host,) if host else (),
        gateways=(),
        rules=(Rule("", tuple(filter(None, matches)), ends),),
        owner=objects.owner(top),
    )


def thousandths(backend: Fields) -> int | None:
    """The weight; the oldest version of the API has quantities, such as `"900m"` for nine tenths."""
    value = backend.values.get("weight")
    if not isinstance(value, str):
        return 1000 * backend.whole("weight") if value is not None else None
    number, scale = (value[:-1], 1) if value.endswith("m") else (value, 1000)
    return int(number) * scale if number.isascii() and number.isdigit() and len(number) < 10 else None


def _whole(weight: int | None) -> int | None:
    return None if weight is None else weight // 1000
