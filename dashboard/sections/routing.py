"""How traffic reaches the primary and the canary: Services, and what decides about the shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard import ladder_remarks, route_warnings, service_nodes
from dashboard.analysis import TOTAL_WEIGHT
from dashboard.around.routing import Destination, Routing, Rule
from dashboard.canary import Strategy
from dashboard.sections.look import Look
from dashboard.service_nodes import Node

# The primary still is the old revision, the canary the new one.
UNDER_WAY = frozenset({"Waiting", "Progressing", "WaitingPromotion"})


@dataclass(frozen=True, slots=True)
class End:
    """Where a rule sends a share; `role` is primary, canary, apex or "" for something else."""

    to: Destination
    role: str


@dataclass(frozen=True, slots=True)
class Way:
    """One rule; `here`: it leads to this canary."""

    rule: Rule
    ends: tuple[End, ...]


@dataclass(frozen=True, slots=True)
class Object:
    """One routing object; `by` says who made it."""

    route: Routing
    ways: tuple[Way, ...]
    by: str


def context(look: Look) -> Mapping[str, object]:
    """The picture, then each routing object rule by rule, then what is wrong."""
    view, around, canary = look.view, look.around, look.canary
    points = service_nodes.nodes(view, around)
    share = min(max(view.weight.value, 0), TOTAL_WEIGHT)
    return {
        "points": points,
        "shares": {"canary": share, "primary": TOTAL_WEIGHT - share},
        "matching": canary.strategy is Strategy.AB_TEST and share > 0,
        "under_way": canary.phase in UNDER_WAY,
        "copies": next(
            (rule.mirror_share for route in around.routes for rule in route.rules if rule.mirror), 0
        ),
        "decides": around.routes[0] if around.routes else None,
        "explained": _explained(look),
        "objects": [_object(route, points, canary.name) for route in around.routes],
        "delegated": route_warnings.delegated(canary),
        "delegates": around.delegates,
        "weights": ladder_remarks.set_and_actual(view),
        "warnings": route_warnings.warnings(canary, around, points),
        "unread": around.unread,
    }


def _explained(look: Look) -> str:
    """One sentence for somebody who does not know Flagger."""
    canary = look.canary
    if canary.provider == "kubernetes":
        text = _(
            "Nothing splits traffic here: whoever calls %(apex)s reaches the primary's pods, to which "
            "Flagger turned its selector. The canary is tested as %(apex)s-canary; when it is promoted, the "
            "primary's pods are replaced by the new revision."
        )
        return text % {"apex": canary.service_name}
    if canary.strategy is Strategy.AB_TEST:
        return _(
            "Requests that meet a condition reach the canary while it is tested, all others the primary."
        )
    if canary.strategy is Strategy.BLUE_GREEN:
        return _(
            "The canary is tested without callers, then gets all of them for a moment, then is promoted."
        )
    return _("The canary gets a growing share of the calls; the primary, the old revision, gets the rest.")


def _object(route: Routing, points: Mapping[str, Node], name: str) -> Object:
    roles = {node.name: role for role, node in points.items()}
    made = _("made by Flagger for this canary") if route.owner == name else _("not made by Flagger")
    return Object(route, tuple(Way(rule, tuple(_ends(rule, roles))) for rule in route.rules), made)


def _ends(rule: Rule, roles: Mapping[str, str]) -> Sequence[End]:
    return [End(to, roles.get(to.key[1] if to.key else "", "")) for to in rule.destinations]
