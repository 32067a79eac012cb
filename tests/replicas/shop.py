"""The one canary that pages of several replicas show: it stands at its gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tests.replicas.page import OpenPage
from tests.support.kube import Kube
from tests.support.server import Server
from tests.support.visitor import Visitor
from tests.support.waiting import until

NAMESPACE, NAME = "replicas", "shop"
WHO: dict[str, object] = {"namespace": NAMESPACE, "name": NAME}
PATH = f"/canaries/{NAMESPACE}/{NAME}"
# What a page is sent when its gate has been opened, or closed.
OPEN, CLOSED = (rf'data-switch="gate" data-open="{value}"' for value in ("true", "false"))


def canary(name: str = NAME) -> dict[str, object]:
    """As somebody would apply it."""
    hook = {"name": "gate", "type": "confirm-rollout", "url": "http://aviary/gate/check"}
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"namespace": NAMESPACE, "name": name},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "service": {"port": 80},
            "analysis": {"interval": "10s", "threshold": 2, "stepWeights": [10], "webhooks": [hook]},
        },
    }


def phase(kube: Kube, value: str, name: str = NAME) -> None:
    """Flagger writes it."""
    status = {"phase": value, "canaryWeight": 0, "failedChecks": 0, "iterations": 0}
    kube.set_status("Canary", NAMESPACE, name, status)


@contextmanager
def opened(servers: Sequence[Server], visitor: Visitor, path: str = PATH) -> Iterator[tuple[OpenPage, ...]]:
    """That page on each replica; all have been told everything once."""
    cookie = f"sessionid={visitor.cookies['sessionid']}"
    with ExitStack() as stack:
        pages = []
        for server in servers:
            address = f"{server.url}{path}"
            until(lambda: NAME in visitor.get(address).text)  # noqa: B023
            pages.append(stack.enter_context(OpenPage(server, visitor.get(address).text, cookie)))
        for page in pages:
            page.until_live("live")
        yield tuple(pages)
