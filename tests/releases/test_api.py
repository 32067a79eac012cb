"""Releases over REST: filters, pages, one in full, and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.conftest import source
from tests.releases.made import R1, R2, at, entry, episode, release, state
from tests.roles.conftest import EVERYBODY, INSIDE, OUTSIDE, SEES, World, script, store, world

__all__ = ["script", "source", "store", "world"]

pytestmark = pytest.mark.django_db
Script = Callable[[str], APIClient]


@pytest.fixture
def ada(world: World, script: Script) -> APIClient:
    """An administrator's script."""
    return script("ada")


def found(client: APIClient, **filters: Any) -> list[int]:
    answer = client.get("/api/v1/releases/", filters)
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["results"]]


def test_the_list_is_newest_first_and_filtered(ada: APIClient) -> None:
    old = release(0, 100, images=[["app", "shop/cart:1", "shop/cart:2"]])
    failed = release(200, 300, R2, "failed")
    other = release(400, namespace="catalog", name="search")
    assert found(ada) == [other.pk, failed.pk, old.pk]
    assert found(ada, namespace="payments") == [failed.pk, old.pk]
    assert found(ada, canary="catalog/search") == [other.pk]
    assert found(ada, outcome="failed") == [failed.pk]
    assert found(ada, q="cart:2") == [old.pk]
    assert found(ada, q=R2[:8]) == [failed.pk]
    assert found(ada, since=at(200).isoformat(), until=at(300).isoformat()) == [failed.pk]


def test_pages_follow_each_other_without_gap_or_repetition(ada: APIClient) -> None:
    # Some began at the same time.
    made = [release(100 * (number // 3), 10_000).pk for number in range(11)]
    address, seen = "/api/v1/releases/?limit=4", []
    while address:
        body = ada.get(address).json()
        seen += [each["id"] for each in body["results"]]
        address = body["next"]
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(made)


def test_one_release_is_told_in_full(ada: APIClient) -> None:
    one = release(
        0, 100, outcome="failed", images=[["app", "cart:1", "cart:2"]], changes="-a\n+b\n", steps=[10, 50],
        why="too slow", gaps=[[at(20).isoformat(), at(60).isoformat()]], started_at=at(10),
    )  # fmt: skip
    state(one, 0, "Waiting")
    state(one, 10, "Progressing", 10)
    given = entry(5, "approval.granted", reason="go")
    body = ada.get(f"/api/v1/releases/{one.pk}/").json()
    assert body["images"] == [{"container": "app", "old": "cart:1", "new": "cart:2"}]
    assert (body["outcome"], body["why"], body["changes"]) == ("failed", "too slow", "-a\n+b\n")
    assert (body["lasted"], body["waited"]) == (100.0, 10.0)
    assert body["gaps"] == [{"since": at(20).isoformat(), "until": at(60).isoformat()}]
    assert [(each["phase"], each["weight"]) for each in body["states"]] == [
        ("Waiting", 0),
        ("Progressing", 10),
    ]
    assert [(each["seq"], each["reason"]) for each in body["decisions"]] == [(given.seq, "go")]


def test_a_running_one_waits_until_now_and_has_not_ended(ada: APIClient) -> None:
    one = release(0)
    episode(0, None)
    body = ada.get(f"/api/v1/releases/{one.pk}/").json()
    assert (body["outcome"], body["ended_at"], body["lasted"]) == ("running", None, None)
    listed = ada.get("/api/v1/releases/").json()["results"][0]
    assert listed["waited"] >= body["waited"] > 0


@pytest.mark.parametrize(
    "query",
    ["outcome=won", "limit=0", "cursor=x", "since=yesterday", "canari=a/b"],
)
def test_a_query_that_means_nothing_is_refused_by_name(ada: APIClient, query: str) -> None:
    answer = ada.get(f"/api/v1/releases/?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["error"]["fields"]


@pytest.mark.parametrize("number", ["1", "999999999", "99999999999999999999"])
def test_a_release_that_is_not_there_is_not_found(ada: APIClient, number: str) -> None:
    assert ada.get(f"/api/v1/releases/{number}/").status_code == 404


@EVERYBODY
def test_everybody_sees_the_releases_of_their_namespaces_only(
    world: World,
    script: Script,
    name: str,
) -> None:
    made = {
        canary: release(0, 100, namespace=canary.split("/")[0], name=canary.split("/")[1]).pk
        for canary in (INSIDE, OUTSIDE)
    }
    client = script(name)
    answer = client.get("/api/v1/releases/")
    if name in ("", "nora"):
        assert answer.status_code == (401 if not name else 403)
        return
    sees = {made[canary] for canary in SEES[name]}
    assert {each["id"] for each in answer.json()["results"]} == sees
    for number in made.values():
        status = client.get(f"/api/v1/releases/{number}/").status_code
        assert status == (200 if number in sees else 404)


def test_what_may_not_be_seen_is_not_told_by_filters_or_cursors(world: World, script: Script) -> None:
    hidden = release(0, 100, namespace="catalog", name="finder")
    client = script("pia")
    for query in ("canary=catalog/finder", "namespace=catalog", f"cursor={hidden.pk}", f"q={R1[:6]}"):
        body = client.get(f"/api/v1/releases/?{query}").json()
        assert body == {"next": None, "results": []}
