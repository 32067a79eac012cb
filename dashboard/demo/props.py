"""What stands around the canaries: a root VirtualService, a MetricTemplate, an AlertProvider."""

from __future__ import annotations

from typing import Any

from dashboard.demo.state import ALERT_PROVIDERS, METRIC_TEMPLATES, VIRTUALSERVICES, Cluster

NOT_FOUND = "not-found-percentage"
ON_CALL = "on-call"
GATEWAY = "edge/public"
QUERY = """100 - sum(
    rate(istio_requests_total{
      reporter="destination",
      destination_workload_namespace="{{ namespace }}",
      destination_workload="{{ target }}",
      response_code!="404"
    }[{{ interval }}])
  ) / sum(
    rate(istio_requests_total{
      reporter="destination",
      destination_workload_namespace="{{ namespace }}",
      destination_workload="{{ target }}"
    }[{{ interval }}])
  ) * 100
"""


def put(cluster: Cluster) -> None:
    """Make them."""
    template = {
        "provider": {"type": "prometheus", "address": "http://prometheus.monitoring:9090"},
        "query": QUERY,
    }
    cluster.create(METRIC_TEMPLATES, _named("catalog", NOT_FOUND, template))
    slack = {
        "type": "slack",
        "channel": "payments-releases",
        "username": "flagger",
        "address": "https://hooks.slack.com/services/T0DEMO/B0DEMO/only-a-demo",
    }
    cluster.create(ALERT_PROVIDERS, _named("payments", ON_CALL, slack))
    cluster.create(VIRTUALSERVICES, _named("catalog", "storefront", _storefront()))


def _storefront() -> dict[str, Any]:
    """One host for several services; the recommender's canary decides about its own part."""
    recommendations = {
        "name": "recommendations",
        "match": [{"uri": {"prefix": "/recommendations"}}],
        "delegate": {"name": "recommender", "namespace": "catalog"},
    }
    rest = {"name": "pages", "route": [{"destination": {"host": "storefront", "port": {"number": 8080}}}]}
    return {"gateways": [GATEWAY], "hosts": ["shop.example.com"], "http": [recommendations, rest]}


def metrics(namespace: str) -> list[dict[str, Any]]:
    """Checks by a template of this namespace."""
    if namespace != "catalog":
        return []
    reference = {"name": NOT_FOUND, "namespace": namespace}
    return [
        {"name": NOT_FOUND, "templateRef": reference, "interval": "1m", "thresholdRange": {"max": 5}},
    ]  # fmt: skip


def alerts(namespace: str) -> list[dict[str, Any]]:
    """Where Flagger tells of what happens in this namespace."""
    if namespace != "payments":
        return []
    return [{"name": "on-call", "severity": "warn", "providerRef": {"name": ON_CALL, "namespace": namespace}}]


def links(namespace: str, name: str) -> dict[str, str]:
    """Annotations that lead elsewhere, as teams write them."""
    return {
        "links.example.com/runbook": f"https://wiki.example.com/runbooks/{namespace}/{name}",
        "links.example.com/grafana": f"https://grafana.example.com/d/canary?var-namespace={namespace}&var-target={name}",
        "links.example.com/commit": f"https://git.example.com/{namespace}/{name}/commit/4f1e2d9c",
    }


def _named(namespace: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name}, "spec": spec}
