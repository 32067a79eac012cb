"""VirtualServices and HTTPRoutes are read in full: who is sent where, and what else a rule does."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard import routes
from dashboard.around.routing import Destination, Rule
from dashboard.secret_names import MASK
from tests.around import things
from tests.around.things import routing, thing, to, virtual_service

Raw = dict[str, Any]


def test_a_virtual_service_in_full() -> None:
    ends = [
        {"destination": {"host": "podinfo-primary"}, "weight": 90},
        {
            "destination": {"host": "podinfo-canary", "port": {"number": 9898}},
            "weight": 10,
            "headers": {"response": {"add": {"Set-Cookie": "flagger-cookie=LpsI; Max-Age=21600"}}},
        },
    ]
    http = {
        "name": "main",
        "match": [
            {
                "uri": {"prefix": "/api"},
                "headers": {"x-insider": {"exact": "yes"}, "x-token": {"exact": "t0p"}},
            },
            {"gateways": ["mesh"], "port": 80},
        ],
        "route": ends,
        "mirror": {"host": "podinfo-canary"},
        "mirrorPercentage": {"value": 12.6},
        "timeout": "15s",
        "headers": {"request": {"set": {"x-from": "edge"}}},
    }
    raw = thing("podinfo", {"hosts": ["a.example", 7], "gateways": ["web/public"], "http": [http]})
    (rule,) = routing("VirtualService", raw).rules
    assert rule == Rule(
        name="main",
        matches=(
            f"uri prefix /api · header x-insider exact yes · header x-token {MASK}",
            "gateways mesh · port 80",
        ),
        destinations=(
            Destination("podinfo-primary", "", 90, 90, ("test", "podinfo-primary")),
            Destination("podinfo-canary", "9898", 10, 10, ("test", "podinfo-canary")),
        ),
        mirror="podinfo-canary",
        mirror_share=13,
        notes=(
            "timeout 15s",
            "request set x-from",
            "response add Set-Cookie flagger-cookie (podinfo-canary)",
        ),
    )
    assert routing("VirtualService", raw).hosts == ("a.example",)


@pytest.mark.parametrize(
    ("rule", "shares"),
    [
        (to("a"), [100]),
        (to(a=0), [100]),
        (to(a=1, b=3), [25, 75]),
        (to(a=0, b=0), [0, 0]),
        (to("a", b=10), [0, 100]),
        ({"route": [{"destination": {"host": "a"}, "weight": -5}, {"weight": 5}]}, [0, 100]),
        ({"route": []}, []),
    ],
)
@pytest.mark.parametrize("protocol", ["http", "tcp", "tls"])
def test_shares_of_a_virtual_services_rule(protocol: str, rule: Raw, shares: list[int]) -> None:
    (found,) = routing("VirtualService", thing("podinfo", {protocol: [rule]})).rules
    assert [end.share for end in found.destinations] == shares


@pytest.mark.parametrize(
    ("rule", "mirrored"),
    [
        ({"mirror": {"host": "podinfo-canary"}}, 100),
        (
            {"mirror": {"host": "podinfo-canary.test.svc.cluster.local"}, "mirrorPercentage": {"value": 40}},
            40,
        ),
        ({"mirrors": [{"destination": {"host": "podinfo-canary"}, "percentage": {"value": 5}}]}, 5),
        ({"mirror": {"host": "podinfo-canary"}, "mirrorPercentage": {"value": True}}, 100),
        ({"mirror": {"host": "podinfo-canary"}, "mirrorPercentage": {"value": float("nan")}}, 100),
        ({"mirror": {"host": "podinfo-canary"}, "mirrorPercentage": {"value": 1e99}}, 100),
        ({"mirror": {"host": "elsewhere"}}, 0),
        ({}, 0),
    ],
)
def test_how_much_is_mirrored_to_the_canary(rule: Raw, mirrored: int) -> None:
    route = routes.parse("VirtualService", virtual_service("podinfo", {**things.SPLIT, **rule}))
    assert route.mirror("podinfo-canary") == mirrored
    assert route.share("podinfo-canary") == 10


def test_an_http_route_in_full() -> None:
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "podinfo-canary"}}}
    cookie = {"name": "Set-Cookie", "value": "flagger-cookie=LpsI"}
    rules = [
        {
            "name": "main",
            "matches": [
                {
                    "path": {"type": "PathPrefix", "value": "/"},
                    "method": "GET",
                    "headers": [{"name": "x-insider", "value": "yes"}, {"name": "x-auth", "value": "t0p"}],
                }
            ],
            "filters": [mirror],
            "timeouts": {"request": "5s"},
            "backendRefs": [
                {"name": "podinfo-primary", "port": 80, "weight": 3},
                {
                    "name": "podinfo-canary",
                    "port": 80,
                    "filters": [
                        {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"add": [cookie]}}
                    ],
                },
                {"name": "bucket", "kind": "ServiceImport", "namespace": "web", "weight": 0},
            ],
        }
    ]
    parents = [
        {"name": "public", "namespace": "istio-system", "sectionName": "https"},
        {"kind": "Service", "name": "podinfo"},
    ]
    found = routing(
        "HTTPRoute", thing("podinfo", {"hostnames": ["a"], "parentRefs": parents, "rules": rules})
    )
    assert found.gateways == ("istio-system/public:https", "Service test/podinfo")
    assert found.rules[0] == Rule(
        name="main",
        matches=(f"GET · path PathPrefix / · header x-insider Exact yes · header x-auth Exact {MASK}",),
        destinations=(
            Destination("podinfo-primary", "80", 3, 75, ("test", "podinfo-primary")),
            Destination("podinfo-canary", "80", None, 25, ("test", "podinfo-canary")),
            Destination("bucket", "", 0, 0, None),
        ),
        mirror="podinfo-canary",
        mirror_share=100,
        notes=(
            "timeouts request 5s",
            "ResponseHeaderModifier add Set-Cookie flagger-cookie (podinfo-canary)",
        ),
    )


@pytest.mark.parametrize(
    ("mirror", "share"),
    [
        ({"percent": 42}, 42),
        ({"fraction": {"numerator": 1, "denominator": 3}}, 33),
        ({"fraction": {"numerator": 5}}, 5),
        ({"fraction": {"numerator": 5, "denominator": 0}}, 0),
        ({"fraction": {"numerator": -5}}, 0),
    ],
)
def test_a_part_of_the_requests_may_be_mirrored(mirror: Raw, share: int) -> None:
    copied = {"backendRef": {"name": "podinfo-canary"}, **mirror}
    filters = [{"type": "RequestMirror", "requestMirror": copied}]
    raw = thing("podinfo", {"rules": [{"filters": filters}]})
    assert routing("HTTPRoute", raw).rules[0].mirror_share == share
    assert routes.parse("HTTPRoute", raw).mirror("podinfo-canary") == share
