"""REST: lists are of all clusters, and a canary is of the one that is named."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboard import stores
from dashboard.hook_address import meaning_in
from dashboard.store import Reach, Store, Trouble
from gates.models import AuditEntry
from tests.clusters.conftest import fill

Two = tuple[Store, Store]
pytestmark = pytest.mark.django_db
CART = "/api/v1/canaries/shop/cart/"


def get(client: Client, address: str, **query: str) -> Any:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_lists_name_the_cluster_and_filter_by_it(two: Two, client: Client) -> None:
    def found(**query: str) -> list[str]:
        return [each["cluster"] for each in get(client, "/api/v1/canaries/", **query)["results"]]

    assert found() == ["default", "east"]
    assert found(cluster="east") == ["east"]
    first = get(client, "/api/v1/canaries/", limit="1")
    assert [each["cluster"] for each in first["results"]] == ["default"]
    assert [each["cluster"] for each in get(client, first["next"])["results"]] == ["east"]
    assert client.get("/api/v1/canaries/", {"cluster": "west"}).status_code == 404


def test_the_list_says_who_is_away(two: Two, client: Client) -> None:
    assert get(client, "/api/v1/canaries/")["away"] == []
    two[1].set_freshness(Reach.STALE, Trouble.UNREACHABLE, "nobody answers")
    answer = get(client, "/api/v1/canaries/")
    assert answer["freshness"]["reach"] == "live"
    assert [(each["cluster"], each["freshness"]["reach"]) for each in answer["away"]] == [("east", "stale")]


def test_a_canary_is_read_and_decided_about_in_its_cluster(two: Two, client: Client) -> None:
    fill(two[1], phase="Failed")
    assert get(client, CART)["phase"] == "Progressing"
    assert get(client, CART, cluster="east")["phase"] == "Failed"
    assert client.get(CART, {"cluster": "west"}).json()["error"]["code"] == "no-such-cluster"
    fill(two[1])
    revision = get(client, CART, cluster="east")["revision"]
    body = {"reason": "it breaks carts", "revision": revision}
    answer = client.post(f"{CART}rollback/?cluster=east", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["gate"]["cluster"] == "east"
    assert get(client, CART)["gates"] == []
    nowhere = client.post(f"{CART}rollback/?cluster=west", body, content_type="application/json")
    assert nowhere.status_code == 404


def test_the_log_is_filtered_by_cluster(two: Two, client: Client) -> None:
    for cluster in ("default", "east"):
        body = {"reason": "it breaks carts"}
        client.post(f"{CART}rollback/?cluster={cluster}", body, content_type="application/json")
    assert AuditEntry.objects.filter(name="cart").count() == 2

    def found(**query: str) -> list[str]:
        return [each["cluster"] for each in get(client, "/api/v1/audit/", **query)["results"]]

    assert found(cluster="east") == ["east"]
    assert found(canary="shop/cart", cluster="east") == ["east"]
    assert found(canary="shop/cart") == ["default"]
    page = client.get("/audit", {"cluster": "east"}).content.decode()
    assert "/clusters/east/canaries/shop/cart" in page
    assert 'href="/canaries/shop/cart"' not in page


def test_a_cluster_that_no_address_means_is_refused_without_a_default(
    two: Two, client: Client, settings: Any
) -> None:
    settings.CLUSTERS = {"east": "there"}
    stores.use_all(two[1:])
    assert client.get(CART).status_code == 404
    assert client.get("/canaries/shop/cart").status_code == 404
    assert get(client, CART, cluster="east")["cluster"] == "east"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://aviary/clusters/east/gate/check", True),
        ("http://aviary/gate/check", False),
        ("http://aviary/clusters/default/gate/check", False),
    ],
)
def test_an_address_of_another_cluster_is_foreign_to_a_canary(url: str, ours: bool) -> None:
    assert meaning_in("east", url).ours is ours
    assert meaning_in("default", url).ours is not ours
