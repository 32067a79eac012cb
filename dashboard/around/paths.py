"""Which routing objects lead to a Service, or leave the decision to another object: the way back."""

from __future__ import annotations

from dashboard.around.objects import Key
from dashboard.around.routing import Routing
from dashboard.around.wanted import Place

NONE: frozenset[Place] = frozenset()


class Paths:
    """Written on one event loop; read from any thread, so its sets are replaced and never changed."""

    def __init__(self) -> None:
        self._leading: dict[Key, frozenset[Place]] = {}
        self._delegating: dict[Key, frozenset[Place]] = {}

    def leading(self, service: Key) -> frozenset[Place]:
        """The routing objects by which a Service gets traffic."""
        return self._leading.get(service, NONE)

    def delegating(self, to: Key) -> frozenset[Place]:
        """The VirtualServices that delegate to the one of that key."""
        return self._delegating.get(to, NONE)

    def swap(self, place: Place, before: Routing | None, after: Routing | None) -> set[Key]:
        """One object has changed; returns the Services and delegates to which that matters."""
        ends = [route.leads_to() if route else frozenset() for route in (before, after)]
        delegates = [route.delegates_to() if route else frozenset() for route in (before, after)]
        _swap(self._leading, place, *ends)
        _swap(self._delegating, place, *delegates)
        return set().union(*ends, *delegates)


def _swap(
    index: dict[Key, frozenset[Place]], place: Place, before: frozenset[Key], after: frozenset[Key]
) -> None:
    for key in before - after:
        rest = index.get(key, NONE) - {place}
        if rest:
            index[key] = rest
        else:
            index.pop(key, None)
    for key in after - before:
        index[key] = index.get(key, NONE) | {place}


def passes_by(route: Routing, deciding: set[str]) -> bool:
    """Whether traffic that takes `route` to the Service itself never meets what decides about the canary.

    `deciding` are the kinds that do. A gateway knows one routing object for a request, and then sends to the
    pods; only a mesh with a TrafficSplit, or behind an Ingress that sends to the Service, decides once more.
    """
    if route.kind == "TrafficSplit" or deciding <= {"TrafficSplit"}:
        return False
    return route.kind != "Ingress" or "Ingress" in deciding or not route.upstream
