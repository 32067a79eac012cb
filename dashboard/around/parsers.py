"""How each kind that surrounds a canary is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.around import events, http_routes, ingresses, services, traffic_splits, virtual_services
from dashboard.around.events import ClusterEvent
from dashboard.around.referred import AlertProvider, MetricTemplate, alert_provider, metric_template
from dashboard.around.routing import Routing
from dashboard.around.services import Service

Item = Service | Routing | ClusterEvent | MetricTemplate | AlertProvider

# By kind. None of them raises for odd content.
PARSERS: Mapping[str, Callable[[Mapping[str, Any]], Item]] = {
    "Service": services.parse,
    "Event": events.parse,
    "VirtualService": virtual_services.parse,
    "HTTPRoute": http_routes.parse,
    "TrafficSplit": traffic_splits.parse,
    "Ingress": ingresses.parse,
    "MetricTemplate": metric_template,
    "AlertProvider": alert_provider,
}
