"""What an analysis refers to by name: MetricTemplates and AlertProviders."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.around import objects
from dashboard.around.objects import Raw
from dashboard.masking import mask, mask_whole


@dataclass(frozen=True, slots=True)
class MetricTemplate:
    """`provider` such as prometheus; `address` with tokens masked; `query` as written."""

    namespace: str
    name: str
    provider: str
    address: str
    query: str

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name


@dataclass(frozen=True, slots=True)
class AlertProvider:
    """`type` such as slack; `address` with everything secret masked (a Slack address is one in whole)."""

    namespace: str
    name: str
    type: str
    channel: str
    username: str
    address: str
    secret: str

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name


def metric_template(raw: Raw) -> MetricTemplate:
    """Read a MetricTemplate; never raises for odd content."""
    top, namespace, name = objects.read(raw)
    spec = top.inner("spec")
    provider = spec.inner("provider")
    return MetricTemplate(
        namespace, name, provider.text("type"), mask(provider.text("address")), spec.text("query")
    )


def alert_provider(raw: Raw) -> AlertProvider:
    """Read an AlertProvider; never raises for odd content."""
    top, namespace, name = objects.read(raw)
    spec = top.inner("spec")
    return AlertProvider(
        namespace=namespace,
        name=name,
        type=spec.text("type"),
        channel=spec.text("channel"),
        username=spec.text("username"),
        address=mask_whole(spec.text("address")),
        secret=spec.inner("secretRef").text("name"),
    )
