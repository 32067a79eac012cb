"""What is wrong about how traffic reaches a canary: missing objects, and ways that pass it by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from dashboard.around.around import Around
from dashboard.around.routing import Routing
from dashboard.around.wanted import APEX, CANARY, PRIMARY
from dashboard.canary import Canary
from dashboard.fields import Fields, Problems
from dashboard.resources import ROUTES
from dashboard.routes import deciding
from dashboard.service_nodes import AFTER, BEFORE, Node


def warnings(canary: Canary, around: Around, points: Mapping[str, Node]) -> list[str]:
    """A sentence each; none before the cluster has told what there is."""
    if around.services is None and not around.unread:
        return []
    return [
        *_missing(points),
        *_without_route(canary, around),
        *_without_delegate(canary, around),
        *_past(canary, points, around.bypasses),
        *_other_pods(canary, points),
    ]


def delegated(canary: Canary) -> bool:
    """Whether its VirtualService is there for others to delegate to."""
    return Fields(canary.raw, "", Problems()).inner("spec").inner("service").truth("delegation")


def unknown(around: Around, kinds: Sequence[str]) -> bool:
    """Whether one of these kinds cannot be read, so that a missing object says nothing."""
    titles = tuple(f"{ROUTES[kind].title}:" for kind in kinds if kind in ROUTES)
    return any(each.startswith(titles) for each in around.unread)


def _missing(points: Mapping[str, Node]) -> Iterator[str]:
    names = ", ".join(node.name for node in points.values() if node.missing)
    if names:
        text = _("Missing in the cluster: %(names)s. Flagger makes them anew at its next look.")
        yield text % {"names": names}


def _without_route(canary: Canary, around: Around) -> Iterator[str]:
    kinds = deciding(canary)
    if around.routes or not kinds or canary.phase in BEFORE | AFTER or unknown(around, kinds):
        return
    text = _("There is no %(kinds)s of this canary (%(name)s): the weights are those of Flagger's status.")
    yield text % {"kinds": _(" or ").join(kinds), "name": canary.service_name}


def _without_delegate(canary: Canary, around: Around) -> Iterator[str]:
    if delegated(canary) and not around.delegated and not unknown(around, ["VirtualService"]):
        text = _(
            "delegation is true, but no VirtualService delegates to %(name)s: no traffic takes its steps."
        )
        yield text % {"name": canary.service_name}


def _past(canary: Canary, points: Mapping[str, Node], bypasses: Sequence[Routing]) -> Iterator[str]:
    names = {node.name for node in points.values()} | {canary.target_name}
    own = {(canary.namespace, name) for name in names}
    text = _(
        "%(kind)s %(name)s sends traffic for %(hosts)s to %(services)s itself: "
        "it never meets the canary's steps."
    )
    for route in bypasses:
        yield text % {
            "kind": route.kind,
            "name": f"{route.namespace}/{route.name}",
            "hosts": ", ".join(route.hosts) or _("all hosts"),
            "services": ", ".join(sorted(name for _namespace, name in route.leads_to() & own)),
        }


def _other_pods(canary: Canary, points: Mapping[str, Node]) -> Iterator[str]:
    """Flagger turns the apex Service to the primary's pods; somebody may have turned it back."""
    apex, primary, tested = (points[role].service for role in (APEX, PRIMARY, CANARY))
    if apex is None or primary is None or canary.target_kind == "Service" or canary.phase in BEFORE | AFTER:
        return
    if apex.selector == primary.selector:
        return
    text = _("Service %(apex)s selects %(selector)s, which are other pods than those of %(primary)s.")
    if tested is not None and apex.selector == tested.selector:
        text = _(
            "Service %(apex)s selects %(selector)s, the canary's pods, and not those of %(primary)s: "
            "who is not routed meets the new revision at once."
        )
    yield text % {"apex": apex.name, "selector": points[APEX].selector, "primary": primary.name}
