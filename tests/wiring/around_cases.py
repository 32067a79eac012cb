"""Canaries that are wired well in a cluster whose routes pass them by, and the same ones mended."""

from __future__ import annotations

from tests.around.things import ingress, to, virtual_service
from tests.wiring import cases
from tests.wiring.cases import HELD, Case
from tests.wiring.manifests import canary

OWN = ("VirtualService", virtual_service("podinfo", to(podinfo_primary=100, podinfo_canary=0)))
EDGE = {"hosts": ["shop.example.com"], "gateways": ["istio-system/public"]}
DELEGATES = (
    "VirtualService",
    virtual_service("edge", {"delegate": {"name": "podinfo", "namespace": "test"}}, namespace="web", **EDGE),
)
PAST = (
    "VirtualService",
    virtual_service("edge", to("podinfo.test.svc.cluster.local"), namespace="web", **EDGE),
)
INGRESS = ("Ingress", ingress("edge", "podinfo"))
DELEGATION = canary(*HELD, spec={"service": {"port": 9898, "delegation": True}})
CASES = [
    *cases.CASES,
    Case("delegation-nobody", DELEGATION, DELEGATION, wrong_around=[OWN], mended_around=[OWN, DELEGATES]),
    Case(
        "route-bypass",
        DELEGATION,
        DELEGATION,
        wrong_around=[OWN, PAST],
        mended_around=[OWN, DELEGATES],
    ),
    Case(
        "route-bypass",
        canary(*HELD),
        canary(*HELD, spec={"service": {"port": 9898, **EDGE}}),
        wrong_around=[OWN, PAST],
        mended_around=[OWN],
    ),
    Case(
        "route-bypass",
        canary(*HELD),
        canary(*HELD, spec={"service": {"port": 9898, "hosts": ["shop.example.com"]}}),
        wrong_around=[OWN, INGRESS],
        mended_around=[OWN],
    ),
]
