"""TrafficSplits and Ingresses: their share of the traffic is the weight."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard import routes
from dashboard.around.routing import Destination, Routing, Rule
from dashboard.secret_names import MASK
from tests.around.things import ingress, routing, thing

Raw = dict[str, Any]


@pytest.mark.parametrize(
    ("weights", "written", "shares"),
    [
        ([5, 95], [5, 95], [5, 95]),
        ([0, 0], [0, 0], [0, 0]),
        (["5", "95"], [5, 95], [5, 95]),
        (["100m", "900m"], [0, 0], [10, 90]),
        (["1", "500m"], [1, 0], [67, 33]),
        (["a lot", None], [None, None], [0, 0]),
    ],
)
def test_a_traffic_split(weights: list[Any], written: list[int | None], shares: list[int]) -> None:
    names = ("podinfo-canary", "podinfo-primary")
    backends = [{"service": name, "weight": weight} for name, weight in zip(names, weights, strict=True)]
    raw = thing("podinfo", {"service": "podinfo", "backends": backends})
    found = routing("TrafficSplit", raw)
    assert (found.hosts, found.gateways) == (("podinfo",), ())
    assert [(end.weight, end.share) for end in found.rules[0].destinations] == list(
        zip(written, shares, strict=True)
    )
    assert routes.parse("TrafficSplit", raw).share("podinfo-canary") == shares[0]


def share_of(**annotations: str) -> Raw:
    """The copy of an Ingress that Flagger makes."""
    return ingress("podinfo-canary", "podinfo-canary", **annotations)


@pytest.mark.parametrize(
    ("annotations", "share"),
    [
        ({"canary": "true", "canary_weight": "30"}, 30),
        ({"canary": "true", "canary_weight": "30", "canary_weight_total": "1000"}, 3),
        ({"canary": "true", "canary_weight": "300"}, 100),
        ({"canary": "true", "canary_weight": "0"}, 0),
        ({"canary": "true", "canary_weight": "many"}, 0),
        ({"canary": "false", "canary_weight": "30"}, 0),
        ({"prefix": "custom.example", "canary": "true", "canary_weight": "30"}, 30),
        # A/B testing: Flagger leaves the weight at 0, and everything that matches goes to the canary.
        ({"canary": "true", "canary_weight": "0", "canary_by_header": "x-insider"}, 100),
        ({"canary": "true", "canary_by_cookie": "canary"}, 100),
        ({"canary": "false", "canary_by_cookie": "canary"}, 0),
    ],
)
def test_the_share_of_an_nginx_canary(annotations: dict[str, str], share: int) -> None:
    raw = share_of(**annotations)
    assert routes.parse("Ingress", raw).share("podinfo-canary") == share
    found = routing("Ingress", raw)
    assert [end.share for end in found.rules[0].destinations] == [share]


def test_an_ingress_in_full() -> None:
    by = {"canary_by_header": "x-auth", "canary_by_header_value": "t0p"}
    raw = share_of(canary="true", canary_weight="5", service_upstream="true", **by)
    raw["spec"]["defaultBackend"] = {"service": {"name": "rest", "port": {"number": 80}}}
    assert routing("Ingress", raw) == Routing(
        kind="Ingress",
        namespace="test",
        name="podinfo-canary",
        hosts=("shop.example.com",),
        gateways=("nginx",),
        rules=(
            Rule(
                "",
                ("shop.example.com Prefix /x",),
                (Destination("podinfo-canary", "http", 5, 5, ("test", "podinfo-canary")),),
                notes=(f"canary-by-header {MASK}", f"canary-by-header-value {MASK}"),
            ),
            Rule(
                "",
                (),
                (Destination("rest", "80", 5, 5, ("test", "rest")),),
                notes=(f"canary-by-header {MASK}", f"canary-by-header-value {MASK}"),
            ),
        ),
        upstream=True,
    )


def test_an_ordinary_ingress_says_nothing_about_weights() -> None:
    raw = share_of()
    assert routes.parse("Ingress", raw).shares == ()
    assert [end.share for end in routing("Ingress", raw).rules[0].destinations] == [100]
