"""Which objects matter to one canary, as its manifest and Flagger's names tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dashboard.around.objects import Key
from dashboard.canary import Canary
from dashboard.fields import Fields, Problems
from dashboard.routes import CANARY_SUFFIX, places
from dashboard.view import PRIMARY_SUFFIX

TARGET, APEX, PRIMARY, CANARY = "target", "apex", "primary", "canary"
# In the place of a kind: what routing objects may lead to.
REACHED = "reached"
# Kind and key.
Place = tuple[str, Key]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`services` by role; `routes` its own routing objects, the likelier first; `own`: the Services that
    everybody should reach by way of these; `everything` is all of it, to find the canary by."""

    services: Mapping[str, Key]
    routes: tuple[Place, ...]
    own: frozenset[Key]
    templates: frozenset[Key]
    providers: frozenset[Key]

    @property
    def everything(self) -> Iterator[Place]:
        """Each object whose change may concern the canary, some twice."""
        yield from (("Service", key) for key in self.services.values())
        yield from ((REACHED, key) for key in self.own)
        yield from self.routes
        yield from (("MetricTemplate", key) for key in self.templates)
        yield from (("AlertProvider", key) for key in self.providers)


def wanted(canary: Canary) -> Wanted:
    """Read the canary's manifest for it: do not do so for each touch of its status."""
    namespace, apex = canary.namespace, canary.service_name
    services = {
        APEX: (namespace, apex),
        PRIMARY: (namespace, apex + PRIMARY_SUFFIX),
        CANARY: (namespace, apex + CANARY_SUFFIX),
    }
    target = (namespace, canary.target_name)
    if canary.target_kind == "Service":
        services[TARGET] = target
    spec = Fields(canary.raw, "", Problems()).inner("spec")
    analysis = spec.inner("analysis" if "analysis" in spec else "canaryAnalysis")
    return Wanted(
        services=services,
        routes=places(canary),
        own=frozenset({services[APEX], services[PRIMARY], target}),
        templates=_named(analysis, "metrics", "templateRef", namespace),
        providers=_named(analysis, "alerts", "providerRef", namespace),
    )


def _named(analysis: Fields, listed: str, reference: str, namespace: str) -> frozenset[Key]:
    found = (one.inner(reference) for one in analysis.inners(listed))
    return frozenset(
        (each.text("namespace") or namespace, name) for each in found if (name := each.text("name"))
    )
