"""Reading an HTTPRoute of the Gateway API."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.around import objects
from dashboard.around.objects import Raw, brief, listed, number_or_name, percent
from dashboard.around.routing import Destination, Routing, Rule, shares
from dashboard.around.secrets import veil
from dashboard.fields import Fields

MIRROR = "RequestMirror"


def parse(raw: Raw) -> Routing:
    """Read an HTTPRoute; never raises for odd content."""
    top, namespace, name = objects.read(raw)
    spec = top.inner("spec")
    return Routing(
        kind="HTTPRoute",
        namespace=namespace,
        name=name,
        hosts=listed(spec, "hostnames"),
        gateways=tuple(_parent(parent, namespace) for parent in spec.inners("parentRefs")),
        rules=tuple(_rule(rule, namespace) for rule in spec.inners("rules")),
        owner=objects.owner(top),
    )


def _parent(parent: Fields, namespace: str) -> str:
    """Such as `istio-system/public`, `istio-system/public:https`, or `Service test/podinfo` for a mesh."""
    kind, section = parent.text("kind", "Gateway"), parent.text("sectionName")
    where = f"{parent.text('namespace') or namespace}/{parent.text('name')}"
    return f"{'' if kind == 'Gateway' else f'{kind} '}{where}{f':{section}' if section else ''}"


def _rule(rule: Fields, namespace: str) -> Rule:
    copied, copies = mirror(rule)
    return Rule(
        name=rule.text("name"),
        matches=tuple(_match(match) for match in rule.inners("matches")),
        destinations=_destinations(rule.inners("backendRefs"), namespace),
        mirror=copied,
        mirror_share=copies,
        notes=tuple(_notes(rule)),
    )


def _destinations(ends: list[Fields], namespace: str) -> tuple[Destination, ...]:
    weights = [end.whole("weight") if "weight" in end else None for end in ends]
    found = zip(ends, weights, shares(weights, 1), strict=True)
    return tuple(_destination(end, weight, share, namespace) for end, weight, share in found)


def _destination(end: Fields, weight: int | None, share: int, namespace: str) -> Destination:
    name = end.text("name")
    service = name and end.text("kind", "Service") == "Service"
    key = (end.text("namespace") or namespace, name) if service else None
    return Destination(name, number_or_name(end, "port"), weight, share, key)


def mirror(rule: Fields) -> tuple[str, int]:
    """The Service that gets a copy of the requests, and of how many in a hundred; "" and 0 for none."""
    for one in rule.inners("filters"):
        if one.text("type") == MIRROR:
            copied = one.inner("requestMirror")
            return copied.inner("backendRef").text("name"), _mirror_share(copied)
    return "", 0


def _mirror_share(mirror: Fields) -> int:
    if "fraction" not in mirror:
        return percent(mirror, "percent", 100)
    fraction = mirror.inner("fraction")
    whole = fraction.whole("denominator", 100)
    return min(100, max(0, round(100 * fraction.whole("numerator") / whole))) if whole > 0 else 0


def _match(match: Fields) -> str:
    path = match.inner("path")
    parts = [match.text("method")]
    if path.values:
        parts.append(f"path {path.text('type', 'PathPrefix')} {path.text('value', '/')}")
    for title, fields in (("header", match.inners("headers")), ("query", match.inners("queryParams"))):
        for one in fields:
            name = one.text("name")
            parts.append(f"{title} {name} {one.text('type', 'Exact')} {veil(name, one.text('value'))}")
    return " · ".join(part for part in parts if part)


def _notes(rule: Fields) -> Iterator[str]:
    if "timeouts" in rule:
        yield f"timeouts {brief(rule.values['timeouts'])}"
    yield from _filters(rule, "")
    for end in rule.inners("backendRefs"):
        yield from _filters(end, end.text("name"))


def _filters(fields: Fields, to: str) -> Iterator[str]:
    """What else is done with a request; headers and cookies that are set by name only."""
    for one in fields.inners("filters"):
        kind = one.text("type")
        if not kind or kind == MIRROR:
            continue
        inner = one.inner(
            "responseHeaderModifier" if kind.startswith("Response") else "requestHeaderModifier"
        )
        parts = [kind]
        for how in ("set", "add"):
            for header in inner.inners(how):
                name, value = header.text("name"), header.text("value")
                parts += [how, name, value.split("=", 1)[0] if name.lower() == "set-cookie" else ""]
        yield " ".join([*(part for part in parts if part), *([f"({to})"] if to else [])])
