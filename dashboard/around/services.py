"""A Service as far as people look at it: ports and selector."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from dashboard.around import objects
from dashboard.around.objects import Raw
from dashboard.fields import Fields


@dataclass(frozen=True, slots=True)
class Port:
    """One port; `target` a number or a container port's name, as written."""

    name: str
    number: int
    target: str
    protocol: str
    app_protocol: str


@dataclass(frozen=True, slots=True)
class Service:
    """`type` such as ClusterIP; `headless`: no cluster IP; `owner`: the canary that generated it, or ""."""

    namespace: str
    name: str
    type: str
    headless: bool
    selector: tuple[tuple[str, str], ...]
    ports: tuple[Port, ...]
    owner: str

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name


def parse(raw: Raw) -> Service:
    """Read a Service; never raises for odd content."""
    top, namespace, name = objects.read(raw)
    spec = top.inner("spec")
    return Service(
        namespace=namespace,
        name=name,
        type=sys.intern(spec.text("type", "ClusterIP")),
        headless=spec.text("clusterIP") == "None",
        selector=tuple((sys.intern(key), value) for key, value in spec.texts("selector").items()),
        ports=tuple(_port(port) for port in spec.inners("ports")),
        owner=objects.owner(top),
    )


def _port(port: Fields) -> Port:
    number = port.whole("port")
    return Port(
        name=sys.intern(port.text("name")),
        number=number,
        target=objects.number_or_name(port, "targetPort") or str(number or ""),
        protocol=sys.intern(port.text("protocol", "TCP")),
        app_protocol=sys.intern(port.text("appProtocol")),
    )
