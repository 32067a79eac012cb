"""What is known around one canary at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dashboard.around.events import ClusterEvent
from dashboard.around.referred import AlertProvider, MetricTemplate
from dashboard.around.routing import Routing
from dashboard.around.services import Service


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around one canary at this moment; empty where nothing is, or Aviary may not look.

    `target` and `primary` are the pod templates (for a target of kind Service: the specs), normalised as
    for the revision, None while unknown. `services` by role (`target`, `apex`, `primary`, `canary`);
    a missing one is not there. `routes` this canary's own routing objects, the one that decides first;
    `delegates` the objects elsewhere that delegate to it; `bypasses` those that send traffic to its target
    or apex hosts past it. `unread` the kinds that could not be read and why (`virtualservices…: forbidden`).
    `delegated`: something delegates to it, whether or not that may be shown. Mappings are None until the
    cluster has told what there is.
    """

    target: Mapping[str, Any] | None = None
    primary: Mapping[str, Any] | None = None
    services: Mapping[str, Service] | None = None
    routes: tuple[Routing, ...] = ()
    delegates: tuple[Routing, ...] = ()
    bypasses: tuple[Routing, ...] = ()
    events: tuple[ClusterEvent, ...] = ()
    metric_templates: Mapping[tuple[str, str], MetricTemplate] | None = None
    alert_providers: Mapping[tuple[str, str], AlertProvider] | None = None
    unread: tuple[str, ...] = ()
    delegated: bool = False

    def within(self, views: Callable[[str], bool]) -> Around:
        """For a person who may see only some namespaces: without the routing objects of others.

        What the analysis refers to by name stays: whoever shows it asks for its namespace.
        """
        return replace(
            self,
            delegates=tuple(route for route in self.delegates if views(route.namespace)),
            bypasses=tuple(route for route in self.bypasses if views(route.namespace)),
        )


NOTHING = Around()
