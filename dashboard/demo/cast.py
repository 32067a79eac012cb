"""The cast of the demo: which canaries there are, what each shows, where it stands at the first paint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from dashboard.demo.props import GATEWAY


@dataclass(frozen=True, slots=True)
class Gate:
    """A webhook at this server; `policy` is its metadata."""

    type: str
    name: str
    path: str
    policy: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One canary.

    `old` runs, `new` is being rolled out. At the first paint `played` intervals of that release have
    passed, the last one `ago`, with every gate open if `opened`. After a release it rests for `rest`
    intervals, then the next version comes. From a weight of `weak_from` per cent on its metrics fail.
    `service` is what its `spec.service` has besides the port.
    """

    namespace: str
    name: str
    old: str
    new: str
    analysis: Mapping[str, Any]
    played: int
    rest: int
    ago: timedelta = timedelta()
    gates: tuple[Gate, ...] = ()
    rollback: str = "/rollback/check"
    opened: bool = False
    weak_from: int = 101
    provider: str = "istio"
    kind: str = "Deployment"
    skip: bool = False
    service: Mapping[str, Any] = field(default_factory=dict)


STICKY = {"cookieName": "search", "maxAge": 3600}
INSIDERS = [{"headers": {"x-insider": {"exact": "true"}}}]
# The load tester's way: one switch, whatever it is asked about.
PROMOTION = Gate("confirm-promotion", "promotion", "/gate/check")
# The way to reset a gate that the load tester's users know; here it would end with its release anyway.
CLOSE_GATE = Gate("post-rollout", "close gate", "/gate/close")
# Aviary's own way: each step has an address and a policy of its own.
TYPED_ROLLBACK = "/hooks/rollback"
TYPED_TRAFFIC = Gate("confirm-traffic-increase", "more traffic", "/hooks/confirm-traffic-increase")
TYPED_PROMOTION = Gate("confirm-promotion", "promotion", "/hooks/confirm-promotion")
EVERY_HOOK = (
    Gate("confirm-rollout", "start", "/hooks/confirm-rollout", {"approvals": "2"}),
    TYPED_TRAFFIC,
    Gate("confirm-promotion", "promotion", "/hooks/confirm-promotion", {"reason": "required"}),
    Gate("post-rollout", "end", "/hooks/post-rollout"),
)

CAST = (
    # Waits for two people before anything starts, then for one before every step.
    Part(
        *("accounts", "login", "5.3.1", "5.4.0"),
        {"stepWeights": [1, 5, 10, 20, 30, 40, 50, 65, 80], "threshold": 3},
        gates=EVERY_HOOK,
        rollback=TYPED_ROLLBACK,
        played=1,
        ago=timedelta(minutes=25),
        rest=24,
    ),
    # Has passed its analysis and waits for a person to promote it, with half of the traffic on it.
    Part(
        *("payments", "checkout", "2.13.2", "2.14.0"),
        {"stepWeights": [2, 5, 10, 15, 20, 30, 40, 50], "threshold": 5},
        gates=(PROMOTION, CLOSE_GATE),
        service={"hosts": ["checkout.example.com"], "gateways": [GATEWAY, "mesh"]},
        played=10,
        ago=timedelta(minutes=12),
        rest=20,
    ),
    # Asks before every step; nobody has said yes to more than 20 % so far.
    Part(
        *("accounts", "profile", "1.8.3", "1.9.0"),
        {"stepWeights": [5, 10, 20, 35, 50, 75, 100], "threshold": 3},
        gates=(TYPED_TRAFFIC, TYPED_PROMOTION),
        rollback=TYPED_ROLLBACK,
        opened=True,
        played=4,
        ago=timedelta(minutes=6),
        rest=28,
    ),
    # Answers too many requests with errors: fails its checks and is rolled back, every time. Another
    # VirtualService delegates to it.
    Part(
        *("catalog", "recommender", "0.41.0", "0.42.0"),
        {"stepWeight": 5, "maxWeight": 50, "threshold": 5},
        weak_from=25,
        service={"delegation": True},
        played=7,
        rest=22,
    ),
    # Always goes well. Visitors stay on the version that they have seen first.
    Part(
        *("catalog", "search-api", "7.0.2", "7.0.3"),
        {"stepWeight": 5, "maxWeight": 50, "threshold": 3, "sessionAffinity": STICKY},
        played=6,
        rest=18,
    ),
    # Blue/Green: tests for ten iterations, then all at once.
    Part(
        *("payments", "ledger", "3.2.0", "3.2.1"),
        {"iterations": 10, "threshold": 2},
        provider="kubernetes",
        played=5,
        rest=30,
    ),
    # A/B testing: insiders only.
    Part(
        *("edge", "gateway", "12.1.0", "12.2.0"),
        {"iterations": 12, "match": INSIDERS, "threshold": 2},
        played=8,
        rest=26,
    ),
    # Gets a copy of the requests before any traffic; the primary gets its traffic back in steps.
    Part(
        *("media", "thumbnails", "4.4.1", "4.4.2"),
        {
            "stepWeights": [5, 10, 20, 30, 40, 50, 60, 75],
            "stepWeightPromotion": 25,
            "mirror": True,
            "mirrorWeight": 50,
            "threshold": 4,
        },
        played=15,
        ago=timedelta(hours=3),
        rest=8,
    ),
    # Routed by the Gateway API.
    Part(
        *("media", "transcoder", "1.16.2", "1.17.0"),
        {"stepWeights": [2, 5, 10, 15, 20, 30, 40, 50, 60, 80], "threshold": 3},
        provider="gatewayapi:v1",
        played=14,
        ago=timedelta(hours=19),
        rest=36,
    ),
    # A name as long as some are.
    Part(
        *("accounts", "customer-notification-preferences-synchroniser", "0.18.4", "0.19.0"),
        {"stepWeights": [1, 2, 3, 5, 8, 13, 21, 34, 55, 89], "threshold": 3},
        played=5,
        rest=20,
    ),
    # A DaemonSet whose analysis is skipped.
    Part(
        *("edge", "node-agent", "0.9.6", "0.9.7"),
        {"stepWeight": 50, "threshold": 1},
        kind="DaemonSet",
        skip=True,
        played=2,
        ago=timedelta(days=2),
        rest=16,
    ),
)


def next_version(version: str) -> str:
    """Three patches, then the next minor: 2.14.0 … 2.14.3, 2.15.0."""
    major, minor, patch = (int(number) for number in version.split("."))
    return f"{major}.{minor}.{patch + 1}" if patch < 3 else f"{major}.{minor + 1}.0"
