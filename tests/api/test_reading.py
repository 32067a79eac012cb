"""Canaries, gates and entries as JSON."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboard import stores
from dashboard.canary import parse
from dashboard.store import CANARY, Reach, Store, Trouble
from gates import decisions
from gates.audit import Actor, Origin
from gates.decisions import Act, Change
from gates.keys import GateKey
from tests.api.conftest import manifest

pytestmark = pytest.mark.django_db
SCRIPT, ORIGIN = Actor("webhook", "webhook (unverified)"), Origin("webhook", "10.0.0.9")


def touch(act: Act, namespace: str = "payments", name: str = "checkout", kind: str = "gate") -> int:
    """Change a switch as a script does; returns the entry's number."""
    key = GateKey(kind, "default", namespace, name)
    entry = decisions.apply([Change(act, key, SCRIPT, ORIGIN)])[0].entry
    assert entry is not None
    return entry.seq


def names(body: dict[str, list[dict[str, str]]]) -> list[str]:
    return [f"{each['namespace']}/{each['name']}" for each in body["results"]]


def test_the_list_has_every_canary_by_namespace_and_name_and_says_how_fresh_it_is(alice: APIClient) -> None:
    body = alice.get("/api/v1/canaries/").json()
    assert names(body) == ["catalog/search", "payments/checkout"]
    assert body["freshness"]["reach"] == "live"
    assert body["next"] is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("namespace=payments", ["payments/checkout"]),
        ("phase=Succeeded", ["catalog/search"]),
        ("q=CHECK", ["payments/checkout"]),
        ("q=catalog/s", ["catalog/search"]),
        ("namespace=payments&phase=Succeeded", []),
    ],
)
def test_the_list_is_filtered(alice: APIClient, filters: str, expected: list[str]) -> None:
    assert names(alice.get(f"/api/v1/canaries/?{filters}").json()) == expected


def test_pages_follow_each_other_without_gap_or_repetition(alice: APIClient, store: Store) -> None:
    many = [parse("default", manifest("load", f"c{number:03}")) for number in range(23)]
    store.apply(CANARY, many)
    seen: list[str] = []
    address = "/api/v1/canaries/?limit=5&q=load"
    while address:
        body = alice.get(address).json()
        assert len(body["results"]) <= 5
        seen += names(body)
        address = body["next"]
    assert seen == [f"load/c{number:03}" for number in range(23)]


def test_old_data_is_called_stale(alice: APIClient, store: Store) -> None:
    store.set_freshness(Reach.STALE, Trouble.UNREACHABLE, "no route to host")
    body = alice.get("/api/v1/canaries/").json()
    assert body["freshness"]["reach"] == "stale"
    assert body["freshness"]["trouble"] == "unreachable"
    assert alice.get("/api/v1/canaries/payments/checkout/").json()["freshness"]["reach"] == "stale"


def test_one_canary_shows_its_facts_and_gates_and_no_secret_of_its_webhooks(alice: APIClient) -> None:
    number = touch(Act.OPEN)
    answer = alice.get("/api/v1/canaries/payments/checkout/")
    body = answer.json()
    assert (body["phase"], body["failed_checks"], body["threshold"]) == ("Waiting", 1, 5)
    assert body["steps"] == [10, 20, 30, 40, 50]
    assert body["weight"]["value"] == 0
    assert body["hooks"][0]["type"] == "confirm-rollout"
    assert "s3cret" not in answer.content.decode()
    assert [(gate["kind"], gate["open"], gate["decision"]) for gate in body["gates"]] == [
        ("gate", True, number)
    ]


def test_an_unknown_canary_is_not_found(alice: APIClient) -> None:
    answer = alice.get("/api/v1/canaries/payments/chekout/")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "no-such-canary"


def test_before_the_first_list_a_canary_is_unknown_rather_than_missing(alice: APIClient) -> None:
    stores.use_all([Store("default", "starting")])
    answer = alice.get("/api/v1/canaries/payments/checkout/")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "cluster-not-read"


def test_gates_are_filtered_by_kind_name_namespace_and_state(alice: APIClient) -> None:
    touch(Act.OPEN)
    touch(Act.OPEN, kind="rollback")
    touch(Act.CLOSE, "catalog", "search")
    touch(Act.OPEN, "", "")
    assert names(alice.get("/api/v1/gates/").json()) == [
        "payments/checkout", "payments/checkout", "catalog/search", "/",
    ]  # fmt: skip
    assert len(alice.get("/api/v1/gates/?kind=rollback").json()["results"]) == 1
    assert names(alice.get("/api/v1/gates/?open=false").json()) == ["catalog/search"]
    assert names(alice.get("/api/v1/gates/?name=&namespace=").json()) == ["/"]
    first = alice.get("/api/v1/gates/?limit=3").json()
    assert len(first["results"]) == 3
    assert names(alice.get(first["next"]).json()) == ["/"]


def test_one_gate_is_read_by_its_id(alice: APIClient) -> None:
    touch(Act.OPEN)
    gate = alice.get("/api/v1/gates/").json()["results"][0]
    assert alice.get(f"/api/v1/gates/{gate['id']}/").json() == gate
    assert alice.get(f"/api/v1/gates/{gate['id'] + 1}/").status_code == 404


def test_the_log_is_newest_first_and_a_page_does_not_move_when_entries_come(alice: APIClient) -> None:
    numbers = [touch(act) for act in (Act.OPEN, Act.CLOSE) * 5]
    first = alice.get("/api/v1/audit/?limit=4").json()
    touch(Act.OPEN)
    rest = alice.get(first["next"]).json()
    seen = [entry["seq"] for entry in first["results"] + rest["results"]]
    assert seen == sorted(numbers, reverse=True)[:8]


def test_the_log_is_filtered(alice: APIClient) -> None:
    opened, other = touch(Act.OPEN), touch(Act.OPEN, "catalog", "search")
    again, closed = touch(Act.OPEN), touch(Act.CLOSE)
    now = timezone.now()

    def found(**filters: str | int) -> list[int]:
        return [entry["seq"] for entry in alice.get("/api/v1/audit/", filters).json()["results"]]

    assert found(canary="payments/checkout") == [closed, again, opened]
    assert found(namespace="catalog") == [other]
    assert found(action="gate.closed") == [closed]
    assert found(actor="webhook (unverified)") == [closed, again, other, opened]
    assert found(actor="alice") == []
    assert found(outcome="unchanged") == [again]
    assert found(since=(now + timedelta(days=1)).isoformat()) == []
    assert found(until=(now + timedelta(days=1)).isoformat(), since="2020-01-01T00:00:00Z") == [
        closed, again, other, opened,
    ]  # fmt: skip
    assert found(decision=opened) == [closed, again, opened]
    assert found(decision=999) == []


def test_one_entry_has_every_field_and_both_hashes(alice: APIClient) -> None:
    first, second = touch(Act.OPEN), touch(Act.CLOSE)
    before, entry = (alice.get(f"/api/v1/audit/{number}/").json() for number in (first, second))
    assert entry["prev_hash"] == before["hash"]
    assert (entry["actor"], entry["source"], entry["via"]) == ("webhook (unverified)", "10.0.0.9", "webhook")
    assert alice.get(f"/api/v1/audit/{second + 1}/").status_code == 404
