"""Pages show all clusters together, and decide in one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from dashboard import stores
from dashboard.store import Reach, Store, Trouble
from gates.models import AuditEntry, Gate
from tests.clusters.conftest import fill

Two = tuple[Store, Store]
pytestmark = pytest.mark.django_db
EAST = "/clusters/east/canaries/shop/cart"


def rows(page: str) -> list[tuple[str, str, str]]:
    """Each row's id, cluster and link."""
    found = re.findall(
        r'<tr id="row:(\S+)".*? data-cluster="(\w+)".*?<a [^>]*href="([^"]+)"', page, re.DOTALL
    )
    return [(name, cluster, link) for name, cluster, link in found]


def test_the_list_has_the_canaries_of_both(two: Two, client: Client) -> None:
    page = client.get("/").content.decode()
    assert rows(page) == [
        ("shop/cart", "default", "/canaries/shop/cart"),
        ("shop/cart/east", "east", EAST),
    ]
    assert page.count(">shop · east<") == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cluster:east", ["east"]),
        ("!cluster:east", ["default"]),
        ("cluster:east cluster:default", ["default", "east"]),
        ("cluster:west", []),
    ],
)
def test_a_filter_names_clusters(two: Two, client: Client, text: str, found: list[str]) -> None:
    page = client.get("/", {"q": text}).content.decode()
    assert [cluster for _name, cluster, _link in rows(page)] == found


def test_with_one_cluster_nothing_names_it(two: Two, client: Client, settings: Any) -> None:
    settings.CLUSTERS = {"default": ""}
    stores.use_all(two[:1])
    page = client.get("/").content.decode()
    assert 'id="row:shop/cart"' in page
    assert "data-cluster" not in page


def test_a_cluster_out_of_reach_is_named_and_marked(two: Two, client: Client) -> None:
    two[1].set_freshness(Reach.STALE, Trouble.UNREACHABLE, "nobody answers")
    page = client.get("/").content.decode()
    assert "The cluster east cannot be reached." in page
    assert "nobody answers" in page
    marked = re.findall(r'<tr id="row:(\S+)"[^>]* data-away', page)
    assert marked == ["shop/cart/east"]
    for store in two:
        store.set_freshness(Reach.STALE, Trouble.UNREACHABLE, "nobody answers")
    page = client.get("/").content.decode()
    assert "The cluster default cannot be reached." in page


def test_pages_are_of_one_cluster(two: Two, client: Client) -> None:
    fill(two[1], phase="Failed")
    assert 'data-phase="Progressing"' in client.get("/canaries/shop/cart").content.decode()
    page = client.get(EAST).content.decode()
    assert 'data-phase="Failed"' in page
    assert 'data-cluster="east"' in page
    assert "cluster=east" in page
    assert client.get("/clusters/west/canaries/shop/cart").status_code == 404


def test_a_decision_in_one_is_none_in_the_other(two: Two, client: Client) -> None:
    revision = two[1].get("shop", "cart").revision  # type: ignore[union-attr]
    form = {"reason": "it breaks carts", "revision": revision}
    answer = client.post(f"{EAST}/rollback", form)
    assert (answer.status_code, answer["Location"]) == (302, EAST)
    (gate,) = Gate.objects.filter(open=True)
    assert (gate.cluster, gate.namespace, gate.name) == ("east", "shop", "cart")
    entry = AuditEntry.objects.order_by("-seq")[0]
    assert (entry.cluster, entry.action) == ("east", "rollback.requested")
    log = client.get("/audit").content.decode()
    assert f'href="{EAST}"' in log


def test_several_are_decided_about_each_in_its_cluster(two: Two, client: Client) -> None:
    for store in two:
        fill(store, phase="WaitingPromotion")
    dialog = client.get("/decide", {"action": "hold", "canary": ["shop/cart", "shop/cart/east"]})
    page = dialog.content.decode()
    assert re.findall(r'data-line="(\S+)"', page) == ["shop/cart", "shop/cart/east"]
    seen = re.search(r'name="seen:shop/cart/east" value="([^"]*)"', page)
    assert seen is not None
    form = {"action": "hold", "canary": "shop/cart/east", "seen:shop/cart/east": seen[1], "reason": "not yet"}
    assert client.post("/decide", form).status_code == 200
    assert {entry.cluster for entry in AuditEntry.objects.filter(name="cart")} == {"east"}
