"""Traffic that never meets the canary: what is around it, as it is in the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from dashboard.around.around import Around
from dashboard.around.routing import Routing
from dashboard.canary import Canary
from dashboard.wiring.warning import Code, Level, WiringWarning, delegate_lines, say, service_lines

VIRTUAL_SERVICE = "VirtualService"
# More of them say nothing new.
MOST = 5


def warnings(canary: Canary, around: Around) -> Iterator[WiringWarning]:
    """Only of what is known; what Aviary may not read gives no reason to warn."""
    own = next((route for route in around.routes if route.kind == VIRTUAL_SERVICE), None)
    if canary.delegation and own and not (around.delegates or around.delegated):
        yield _nobody(own)
    for route in around.bypasses[:MOST]:
        yield _past(canary, around, route)


def _nobody(own: Routing) -> WiringWarning:
    return WiringWarning(
        Level.WARNING,
        Code.DELEGATION_NOBODY,
        say(
            _("No VirtualService delegates to {name}, which has no host of its own: no request reaches it."),
            name=own.name,
        ),
        _("Let the VirtualService that has the host delegate to it."),
        delegate_lines(own.key),
    )


def _past(canary: Canary, around: Around, route: Routing) -> WiringWarning:
    own = around.routes[0]
    ends = {to.key for rule in route.rules for to in rule.destinations if to.share > 0}
    ours = (canary.service_name, f"{canary.service_name}-primary", canary.target_name)
    service = next((name for name in ours if (canary.namespace, name) in ends), canary.service_name)
    delegating = canary.delegation and own.kind == route.kind == VIRTUAL_SERVICE
    if delegating:
        remedy = say(_("Let it delegate to the VirtualService {name}."), name=own.name)
    else:
        remedy = _("Take its hosts and gateways into the Canary, so that Flagger routes them, and delete it.")
    return WiringWarning(
        Level.WARNING,
        Code.ROUTE_BYPASS,
        say(
            _("{kind} {namespace}/{name} sends requests straight to {service}: no release ever sees them."),
            kind=route.kind,
            namespace=route.namespace,
            name=route.name,
            service=service,
        ),
        remedy,
        delegate_lines(own.key) if delegating else _taken_over(canary, own, route),
    )


def _taken_over(canary: Canary, own: Routing, route: Routing) -> str:
    """`spec.service` with the hosts of both, and the gateways where they are named alike."""
    spec = canary.raw.get("spec")
    service = spec.get("service") if isinstance(spec, dict) else None
    fields = dict(service) if isinstance(service, dict) else {}
    fields["hosts"] = _joined(fields.get("hosts"), route.hosts)
    if own.kind == route.kind == VIRTUAL_SERVICE and route.gateways:
        fields["gateways"] = _joined(fields.get("gateways"), route.gateways)
    return service_lines(fields)


def _joined(written: object, more: tuple[str, ...]) -> list[str]:
    known = [str(each) for each in written] if isinstance(written, list) else []
    return [*known, *(each for each in more if each not in known)]
