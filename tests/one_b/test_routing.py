"""How traffic reaches a canary, on its page: readable, complete, and honest about what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboard import routes
from dashboard.canary import parse
from dashboard.store import Store
from gates.keys import DEFAULT_CLUSTER
from gates.models import RoleGrant
from tests.around import things
from tests.one_b.recorded import around_everything
from tests.support import views
from tests.support.html import Element, elements, one
from tests.support.people import People

pytestmark = pytest.mark.django_db
ISTIO: dict[str, Any] = {"provider": "istio"}


def page(client: Client, path: str = "/canaries/test/rising") -> str:
    answer: Any = client.get(path)
    assert answer.status_code == 200
    body: str = answer.content.decode()
    return body


def words(element: Element) -> str:
    """Its text with a blank between elements, as they stand on lines of their own."""
    return " ".join(" ".join(element.pieces).split())


def section(html: str) -> str:
    return words(one(html, "id", "sec-routing"))


def routing(client: Client, path: str = "/canaries/test/rising") -> str:
    return section(page(client, path))


def point(html: str, role: str) -> Element:
    return one(html, "data-point", role)


def warned(html: str) -> list[str]:
    return [each.text for each in elements(html, "data-route-warning")]


def services(store: Store, name: str = "rising", **apex: Any) -> None:
    owner = {"kind": "Canary", "apiVersion": "flagger.app/v1beta1", "name": name}
    for suffix, app in (("", f"{name}-primary"), ("-primary", f"{name}-primary"), ("-canary", name)):
        raw = things.service(f"{name}{suffix}", selector={"app": app}, **({} if suffix else apex))
        raw["metadata"]["ownerReferences"] = [owner]
        things.put(store.around, "Service", raw)


def show(store: Store, *, phase: str = "Progressing", weight: int = 25, **spec: Any) -> None:
    views.put(store, views.canary("rising", phase=phase, weight=weight, **spec))


def split(store: Store, primary: int, canary: int, **spec: Any) -> None:
    rule = things.to(rising_primary=primary, rising_canary=canary)
    things.put(store.around, "VirtualService", things.virtual_service("rising", rule, **spec))


def test_what_a_real_flagger_made_is_shown_with_every_port(store: Store, viewer: Client) -> None:
    around_everything(store)
    html = page(viewer, "/canaries/s-all-gates/test-api")
    for role, name, pods in (
        ("apex", "test-api", "app=test-api-primary"),
        ("primary", "test-api-primary", "app=test-api-primary"),
        ("canary", "test-api-canary", "app=test-api"),
    ):
        shown = words(point(html, role))
        assert f"Service {name} ports http 38080 · metrics 38081 discovered" in shown
        assert f"pods {pods}" in shown
        assert shown.endswith("made by Flagger for this canary")
    assert "for test-api through mesh" in words(point(html, "apex"))
    assert "split by VirtualService test-api" in section(html)
    assert words(point(html, "primary")).startswith("Primary 100 %")
    assert [words(each) for each in elements(html, "data-to")] == [
        "→ test-api-primary 100 %",
        "→ test-api-canary 0 %",
    ]
    assert warned(html) == []
    assert [each["data-discovered"] for each in elements(html, "data-discovered")] == [""] * 3


def test_shares_are_those_of_the_cluster_and_drawn_as_bars(store: Store, viewer: Client) -> None:
    show(store, phase="WaitingPromotion", weight=0)
    services(store)
    split(store, 60, 40, hosts=["shop.example.com"], gateways=["edge/public"])
    html = page(viewer)
    assert "for shop.example.com through edge/public" in words(point(html, "apex"))
    widths = [each["width"] for each in elements(html, "width", tag="rect") if each["class"] == "canary"]
    assert "40" in widths
    assert "→ rising-canary 40 %" in section(html)


def test_set_and_actual_weight_are_both_told(store: Store, viewer: Client) -> None:
    show(store, weight=25)
    raw = things.virtual_service("rising", things.to(rising_primary=90, rising_canary=10))
    store.apply("VirtualService", [routes.parse("VirtualService", raw)])
    told = one(page(viewer), "data-weights").text
    assert told == "Flagger set 25 %. The canary gets 10 % (VirtualService rising)."


@pytest.mark.parametrize(("phase", "word"), [("Progressing", "missing in the cluster"), ("", "not there")])
def test_missing_services_are_a_warning_once_flagger_has_made_them(
    store: Store, viewer: Client, phase: str, word: str
) -> None:
    show(store, phase=phase, weight=0)
    assert {each.text for each in elements(page(viewer), "data-absent")} == {"not known so far"}
    assert warned(page(viewer)) == []
    store.around.apply("Service", whole=True)
    html = page(viewer)
    assert {each.text.split(":")[0] for each in elements(html, "data-absent")} == {word}
    names = "Missing in the cluster: rising, rising-primary, rising-canary."
    assert any(names in each for each in warned(html)) == (phase == "Progressing")


def test_what_may_not_be_read_is_said_and_not_called_missing(store: Store, viewer: Client) -> None:
    show(store, **ISTIO)
    store.around.unread("Service", "forbidden")
    store.around.unread("VirtualService", "forbidden")
    html = page(viewer)
    assert "services: forbidden" in one(html, "data-unread").text
    assert "virtualservices.networking.istio.io: forbidden" in one(html, "data-unread").text
    assert {each.text for each in elements(html, "data-absent")} == {"not known: Services cannot be read"}
    assert warned(html) == []


def test_a_route_that_is_not_there_is_a_warning(store: Store, viewer: Client) -> None:
    show(store, **ISTIO)
    services(store)
    assert "There is no VirtualService of this canary (rising)" in warned(page(viewer))[0]
    split(store, 75, 25)
    assert warned(page(viewer)) == []


def test_who_delegates_is_told_and_nobody_is_a_warning(store: Store, viewer: Client) -> None:
    show(store, service={"port": 80, "delegation": True}, **ISTIO)
    services(store)
    split(store, 75, 25)
    (warning,) = warned(page(viewer))
    assert "no VirtualService delegates to rising" in warning
    root = things.virtual_service("root", {"delegate": {"name": "rising"}}, hosts=["shop.example.com"])
    things.put(store.around, "VirtualService", root)
    html = page(viewer)
    assert warned(html) == []
    assert "test/root (shop.example.com)" in one(html, "data-delegates").text


def test_a_route_past_the_canary_is_a_warning(store: Store, viewer: Client) -> None:
    show(store, **ISTIO)
    services(store)
    split(store, 75, 25)
    past = things.virtual_service("shortcut", things.to("rising-primary"), hosts=["old.example.com"])
    things.put(store.around, "VirtualService", past)
    (warning,) = warned(page(viewer))
    assert (
        "VirtualService test/shortcut sends traffic for old.example.com to rising-primary itself" in warning
    )


def test_of_another_namespace_nobody_is_told_who_may_not_look_there(
    store: Store, stranger: Client, people: People
) -> None:
    RoleGrant.objects.create(user=people.nora, role="viewer", namespaces="test", decision=0)
    show(store, service={"port": 80, "delegation": True}, **ISTIO)
    services(store)
    split(store, 75, 25)
    far = things.virtual_service(
        "shortcut", things.to("rising-primary.test"), namespace="secret", hosts=["hidden.example.com"]
    )
    root = things.virtual_service(
        "root",
        {"delegate": {"name": "rising", "namespace": "test"}},
        namespace="secret",
        hosts=["h.example.com"],
    )
    things.put(store.around, "VirtualService", far, root)
    html = page(stranger)
    assert "secret" not in html
    assert "example.com" not in html
    # It is delegated to, so nothing is wrong.
    assert warned(html) == []


def test_an_apex_that_selects_the_canarys_pods_is_a_warning(store: Store, viewer: Client) -> None:
    show(store, **ISTIO)
    services(store)
    split(store, 75, 25)
    things.put(store.around, "Service", things.service("rising", selector={"app": "rising"}))
    html = page(viewer)
    assert "meets the new revision at once" in warned(html)[0]
    assert "not made by Flagger" in words(point(html, "apex"))


def test_kubernetes_alone_is_explained(store: Store, viewer: Client) -> None:
    show(store, provider="kubernetes", analysis={"iterations": 3}, weight=0)
    services(store)
    shown = routing(viewer)
    assert "Nothing splits traffic here: whoever calls rising reaches the primary's pods" in shown
    assert "not split" in shown
    assert "Canary · new revision tests only" in shown
    assert warned(page(viewer)) == []


def test_ab_testing_tells_who_goes_where_instead_of_shares(store: Store, viewer: Client) -> None:
    match = [{"headers": {"x-insider": {"exact": "yes"}}}]
    show(store, analysis={"iterations": 3, "match": match}, iterations=1, weight=0, **ISTIO)
    services(store)
    rule = {**things.to(rising_primary=0, rising_canary=100), "match": match}
    things.put(
        store.around, "VirtualService", things.virtual_service("rising", rule, things.to("rising-primary"))
    )
    html = page(viewer)
    assert "Canary · new revision what matches" in words(point(html, "canary"))
    assert "all others" in words(point(html, "primary"))
    assert "when header x-insider exact yes" in section(html)
    assert "everything else" in section(html)


def test_copies_of_requests_are_told(store: Store, viewer: Client) -> None:
    show(store, weight=0, **ISTIO)
    services(store)
    rule = {
        **things.to(rising_primary=100, rising_canary=0),
        "mirror": {"host": "rising-canary"},
        "mirrorPercentage": {"value": 40},
    }
    things.put(store.around, "VirtualService", things.virtual_service("rising", rule))
    html = page(viewer)
    assert "gets copies of 40 % of the requests" in one(html, "data-mirrored").text


def test_an_http_route_is_shown_as_it_is(store: Store, viewer: Client) -> None:
    show(store, provider="gatewayapi:v1")
    services(store)
    backends = [
        {"name": "rising-primary", "port": 80, "weight": 75},
        {"name": "rising-canary", "port": 80, "weight": 25},
    ]
    route = things.thing(
        "rising",
        {
            "hostnames": ["shop.example.com"],
            "parentRefs": [{"name": "public", "namespace": "edge"}],
            "rules": [{"backendRefs": backends, "matches": [{"path": {"value": "/"}}]}],
        },
    )
    things.put(store.around, "HTTPRoute", route)
    html = page(viewer)
    assert "split by HTTPRoute rising" in section(html)
    assert "for shop.example.com through edge/public" in words(point(html, "apex"))
    assert "→ rising-canary:80 25 %" in section(html)
    assert warned(html) == []


def test_odd_services_do_not_break_the_page(store: Store, viewer: Client) -> None:
    raw = views.raw("rising")
    raw["spec"]["service"] = "80"
    views.put(store, parse(DEFAULT_CLUSTER, raw))
    things.put(store.around, "Service", things.thing("rising", {"ports": [3], "selector": {"a": 1}}))
    assert "Service rising" in routing(viewer)
