"""Reading an Ingress, with the annotations by which nginx sends a share to a canary."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.around import objects
from dashboard.around.objects import Raw, number_or_name
from dashboard.around.routing import Destination, Routing, Rule
from dashboard.around.secrets import veil
from dashboard.fields import Fields

CANARY, WEIGHT, TOTAL = "canary", "canary-weight", "canary-weight-total"
# The more particular annotation wins over the weight.
BY = ("canary-by-header", "canary-by-header-value", "canary-by-header-pattern", "canary-by-cookie")
UPSTREAM = "service-upstream"
LONGEST_NUMBER = 9


def canary_annotations(top: Fields) -> dict[str, str]:
    """The annotations that concern canaries, by their name without the prefix, which can be configured."""
    wanted = {CANARY, WEIGHT, TOTAL, UPSTREAM, *BY}
    written = top.inner("metadata").texts("annotations").items()
    named = ((key.rpartition("/"), text) for key, text in written)
    return {name: text for (prefix, _slash, name), text in named if prefix and name in wanted}


def share(said: dict[str, str]) -> int | None:
    """Per cent of the traffic that a canary Ingress gets; None for an ordinary Ingress.

    One that goes by header or cookie and has no weight gets everything that matches.
    """
    if CANARY not in said:
        return None
    if said[CANARY] != "true":
        return 0
    total = _number(said.get(TOTAL, "")) or 100
    weight = min(_number(said.get(WEIGHT, "")), total)
    if weight == 0 and any(name in said for name in BY):
        return 100
    return round(100 * weight / total)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 0


def parse(raw: Raw) -> Routing:
    """Read an Ingress; never raises for odd content."""
    top, namespace, name = objects.read(raw)
    spec, said = top.inner("spec"), canary_annotations(top)
    rules = tuple(_rules(spec, namespace, said))
    hosts = tuple(dict.fromkeys(host for rule in spec.inners("rules") if (host := rule.text("host"))))
    annotated = top.inner("metadata").inner("annotations").text("kubernetes.io/ingress.class")
    ingress_class = spec.text("ingressClassName") or annotated
    return Routing(
        kind="Ingress",
        namespace=namespace,
        name=name,
        hosts=hosts,
        gateways=(ingress_class,) if ingress_class else (),
        rules=rules,
        owner=objects.owner(top),
        upstream=said.get(UPSTREAM) == "true",
    )


def _rules(spec: Fields, namespace: str, said: dict[str, str]) -> Iterator[Rule]:
    notes = tuple(f"{name} {veil(said.get(BY[0], ''), said[name])}" for name in BY if name in said)
    for rule in spec.inners("rules"):
        for path in rule.inner("http").inners("paths"):
            where = f"{rule.text('host') or '*'} {path.text('pathType')} {path.text('path') or '/'}"
            yield Rule("", (where,), (_end(path.inner("backend"), namespace, said),), notes=notes)
    if "defaultBackend" in spec:
        yield Rule("", (), (_end(spec.inner("defaultBackend"), namespace, said),), notes=notes)


def _end(backend: Fields, namespace: str, said: dict[str, str]) -> Destination:
    service = backend.inner("service")
    name, port = service.text("name"), service.inner("port")
    part = share(said)
    weight = _number(said[WEIGHT]) if WEIGHT in said else None
    return Destination(
        service=name,
        port=number_or_name(port, "number") or port.text("name"),
        weight=weight,
        share=100 if part is None else part,
        key=(namespace, name) if name else None,
    )
