"""The kinds of object that Aviary reads, and where the API server keeps them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind; `api` such as `/apis/apps/v1`. In parentheses: what a person calls it in an RBAC rule."""

    kind: str
    api: str
    plural: str

    @property
    def title(self) -> str:
        """Such as `canaries.flagger.app`, as RBAC and kubectl name it."""
        group = self.api.split("/")[2] if self.api.startswith("/apis/") else ""
        return f"{self.plural}.{group}" if group else self.plural

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

TARGETS = {resource.kind: resource for resource in (DEPLOYMENTS, DAEMON_SETS, SERVICES)}
ROUTES = {resource.kind: resource for resource in (VIRTUAL_SERVICES, HTTP_ROUTES)}
