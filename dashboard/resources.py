"""The kinds of object that Aviary reads, and where the API server keeps them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind; `api` such as `/apis/apps/v1`. `fields`: a field selector, for all that is wanted of it."""

    kind: str
    api: str
    plural: str
    fields: str = ""

    @property
    def group(self) -> str:
        """Such as `flagger.app`; "" for Kubernetes' own core."""
        return self.api.split("/")[2] if self.api.startswith("/apis/") else ""

    @property
    def title(self) -> str:
        """Such as `canaries.flagger.app`, as RBAC and kubectl name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str = "", name: str = "") -> str:
        """The address of one object, or of all over all namespaces."""
        return (
            f"{self.api}/namespaces/{namespace}/{self.plural}/{name}" if name else f"{self.api}/{self.plural}"
        )


CANARIES = Resource("Canary", "/apis/flagger.app/v1beta1", "canaries")
DEPLOYMENTS = Resource("Deployment", "/apis/apps/v1", "deployments")
DAEMON_SETS = Resource("DaemonSet", "/apis/apps/v1", "daemonsets")
SERVICES = Resource("Service", "/api/v1", "services")
# Flagger's own version of each.
VIRTUAL_SERVICES = Resource("VirtualService", "/apis/networking.istio.io/v1beta1", "virtualservices")
HTTP_ROUTES = Resource("HTTPRoute", "/apis/gateway.networking.k8s.io/v1", "httproutes")

# What the API server is asked about our own rights.
ACCESS_REVIEWS = Resource(
    "SelfSubjectAccessReview", "/apis/authorization.k8s.io/v1", "selfsubjectaccessreviews"
)
# The version that Linkerd's extension has; others serve it as well.
TRAFFIC_SPLITS = Resource("TrafficSplit", "/apis/split.smi-spec.io/v1alpha2", "trafficsplits")
INGRESSES = Resource("Ingress", "/apis/networking.k8s.io/v1", "ingresses")
EVENTS = Resource("Event", "/api/v1", "events", "involvedObject.kind=Canary")
METRIC_TEMPLATES = Resource("MetricTemplate", "/apis/flagger.app/v1beta1", "metrictemplates")
ALERT_PROVIDERS = Resource("AlertProvider", "/apis/flagger.app/v1beta1", "alertproviders")

TARGETS = {resource.kind: resource for resource in (DEPLOYMENTS, DAEMON_SETS, SERVICES)}
ROUTES = {resource.kind: resource for resource in (VIRTUAL_SERVICES, HTTP_ROUTES, TRAFFIC_SPLITS, INGRESSES)}
# Read as far as it is there and allowed: everything but the canaries.
OPTIONAL = {
    **TARGETS,
    **ROUTES,
    **{resource.kind: resource for resource in (EVENTS, METRIC_TEMPLATES, ALERT_PROVIDERS)},
}
