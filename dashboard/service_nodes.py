"""The Services of a canary as points of a small picture: who calls, who answers, on which ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard.around.around import Around
from dashboard.around.services import Port, Service
from dashboard.around.wanted import APEX, CANARY, PRIMARY, TARGET
from dashboard.canary import Canary
from dashboard.fields import Fields, Problems
from dashboard.resources import SERVICES
from dashboard.store import CanaryView

# Flagger has not made anything so far.
BEFORE = frozenset({"", "Initializing"})
# It takes everything away again.
AFTER = frozenset({"Terminating", "Terminated"})


@dataclass(frozen=True, slots=True)
class Line:
    """One port in a line; `discovered`: by portDiscovery, from the pods' containers."""

    text: str
    discovered: bool


@dataclass(frozen=True, slots=True)
class Node:
    """One Service. `service` None: it is not there, or not known, which `absent` says; `missing` when that is
    wrong. `by` says who made it, `ready` how many of its pods are."""

    role: str
    name: str
    service: Service | None
    selector: str
    ports: tuple[Line, ...]
    by: str
    ready: str
    absent: str
    missing: bool


def nodes(view: CanaryView, around: Around) -> dict[str, Node]:
    """By role: apex, primary and canary, and the target where it is a Service itself."""
    canary = view.canary
    names = {
        APEX: canary.service_name,
        PRIMARY: f"{canary.service_name}-primary",
        CANARY: f"{canary.service_name}-canary",
    }
    if canary.target_kind == "Service" and canary.target_name != canary.service_name:
        names[TARGET] = canary.target_name
    services: Mapping[str, Service] = around.services or {}
    ready = {PRIMARY: view.primary_ready, CANARY: view.ready}
    absent, missing = _absent(canary, around)
    return {
        role: _node(canary, role, name, services.get(role), ready.get(role, ""))
        or Node(role, name, None, "", (), "", ready.get(role, ""), absent, missing)
        for role, name in names.items()
    }


def _node(canary: Canary, role: str, name: str, service: Service | None, ready: str) -> Node | None:
    if service is None:
        return None
    return Node(
        role=role,
        name=name,
        service=service,
        selector=", ".join(f"{key}={value}" for key, value in service.selector),
        ports=tuple(_ports(canary, service)),
        by=_by(canary, role, service),
        ready=ready,
        absent="",
        missing=False,
    )


def _by(canary: Canary, role: str, service: Service) -> str:
    if role == TARGET:
        return ""
    if service.owner == canary.name:
        return _("made by Flagger for this canary")
    if service.owner:
        return _("made by Flagger for another canary, %(name)s") % {"name": service.owner}
    return _("not made by Flagger, which keeps its ports and selector")


def _absent(canary: Canary, around: Around) -> tuple[str, bool]:
    """What to say of a Service that is not there, and whether it should be."""
    if any(each.startswith(f"{SERVICES.title}:") for each in around.unread):
        return _("not known: Services cannot be read"), False
    if around.services is None:
        return _("not known so far"), False
    if canary.phase in BEFORE | AFTER:
        return _("not there: Flagger makes it"), False
    return _("missing in the cluster"), True


def _ports(canary: Canary, service: Service) -> Iterator[Line]:
    spec = Fields(canary.raw, "", Problems()).inner("spec").inner("service")
    discovers, own = spec.truth("portDiscovery"), spec.whole("port")
    for port in service.ports:
        yield Line(_port(port), discovers and port.number != own)


def _port(port: Port) -> str:
    """Such as `http 80 → 8080`; what goes without saying is left out."""
    same = port.target in ("", str(port.number))
    words = [port.name, str(port.number) if same else f"{port.number} → {port.target}"]
    words += [port.protocol if port.protocol != "TCP" else "", port.app_protocol]
    return " ".join(word for word in words if word)
