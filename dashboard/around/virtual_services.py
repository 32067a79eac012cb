"""Reading a VirtualService of Istio."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.around import objects
from dashboard.around.objects import Raw, brief, listed, number_or_name, percent, service_key
from dashboard.around.routing import Destination, Routing, Rule, shares
from dashboard.around.secrets import veil
from dashboard.fields import Fields

# Shown as they are, since they change what a caller gets.
NOTED = ("timeout", "retries", "rewrite", "redirect", "directResponse", "fault")


def parse(raw: Raw) -> Routing:
    """Read a VirtualService; never raises for odd content."""
    top, namespace, name = objects.read(raw)
    spec = top.inner("spec")
    rules = [_rule(rule, namespace) for each in ("http", "tls", "tcp") for rule in spec.inners(each)]
    return Routing(
        kind="VirtualService",
        namespace=namespace,
        name=name,
        hosts=listed(spec, "hosts"),
        gateways=listed(spec, "gateways"),
        rules=tuple(rules),
        owner=objects.owner(top),
    )


def _rule(rule: Fields, namespace: str) -> Rule:
    copied, copies = mirror(rule)
    delegate = rule.inner("delegate")
    return Rule(
        name=rule.text("name"),
        matches=tuple(_match(match) for match in rule.inners("match")),
        destinations=_destinations(rule.inners("route"), namespace),
        mirror=copied,
        mirror_share=copies,
        delegate=_delegate(delegate, namespace),
        notes=tuple(_notes(rule)),
    )


def _delegate(delegate: Fields, namespace: str) -> tuple[str, str] | None:
    name = delegate.text("name")
    return (delegate.text("namespace") or namespace, name) if name else None


def _destinations(routes: list[Fields], namespace: str) -> tuple[Destination, ...]:
    weights = [route.whole("weight") if "weight" in route else None for route in routes]
    # Istio sends everything to a lone destination, whatever its weight says.
    parts = [100] if len(routes) == 1 else shares(weights, 0)
    found = zip(routes, weights, parts, strict=True)
    return tuple(_destination(route, weight, share, namespace) for route, weight, share in found)


def _destination(route: Fields, weight: int | None, share: int, namespace: str) -> Destination:
    to = route.inner("destination")
    host = to.text("host")
    port = number_or_name(to.inner("port"), "number")
    return Destination(host, port, weight, share, service_key(host, namespace))


def mirror(rule: Fields) -> tuple[str, int]:
    """The first Service that gets a copy of the requests, and of how many in a hundred; "" and 0 for none."""
    several = rule.inners("mirrors")
    copied = several[0].inner("destination") if several else rule.inner("mirror")
    if not (host := copied.text("host")):
        return "", 0
    percentage = several[0].inner("percentage") if several else rule.inner("mirrorPercentage")
    return host, percent(percentage, "value", 100)


def _match(match: Fields) -> str:
    parts = []
    for name, value in match.values.items():
        if name == "headers" and isinstance(value, dict):
            parts += [f"header {key} {veil(key, brief(inner))}" for key, inner in value.items()]
        elif name == "queryParams" and isinstance(value, dict):
            parts += [f"query {key} {veil(key, brief(inner))}" for key, inner in value.items()]
        elif value not in (None, "", [], {}):
            parts.append(f"{name} {brief(value)}")
    return " · ".join(parts)


def _notes(rule: Fields) -> Iterator[str]:
    """What else the rule does; cookies and headers that it sets by name only."""
    for name in NOTED:
        if name in rule:
            yield f"{name} {brief(rule.values[name])}"
    yield from _headers(rule, "")
    for route in rule.inners("route"):
        yield from _headers(route, route.inner("destination").text("host"))


def _headers(fields: Fields, to: str) -> Iterator[str]:
    for direction in ("request", "response"):
        inner = fields.inner("headers").inner(direction)
        for how in ("set", "add"):
            for name, value in inner.texts(how).items():
                cookie = value.split("=", 1)[0] if name.lower() == "set-cookie" else ""
                yield " ".join(part for part in (direction, how, name, cookie, to and f"({to})") if part)
