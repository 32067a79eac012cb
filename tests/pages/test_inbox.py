"""The inbox: what waits for the person who looks, and for whom or what the rest waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from dashboard.store import Store
from gates import decisions
from gates.audit import Actor, Origin
from gates.decisions import Act, Change
from gates.keys import DEFAULT_CLUSTER, GATE, GateKey
from gates.models import Freeze
from tests.pages.typed import PROMOTION, START, asks, canary, decide
from tests.support import views
from tests.support.html import elements, one, text
from tests.support.people import People

pytestmark = pytest.mark.django_db
TWO = {START: {"approvals": "2"}}
SRE = {START: {"group": "sre"}}


def page(client: Client) -> str:
    answer: Any = client.get("/")
    assert answer.status_code == 200
    body: str = answer.content.decode()
    return body


def turn(client: Client, name: str = "cart") -> str:
    return one(page(client), "id", f"card:test/{name}")["data-turn"]


def why(client: Client, name: str = "cart") -> str:
    said = page(client).split(f'id="card:test/{name}"')[1].split("</li>")[0]
    return one(said, "data-for").text


def test_mine_is_on_top_counted_and_the_rest_is_folded(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting", policies=SRE))
    html = page(approver)
    assert "Waiting for you · 1" in html
    assert "Waiting for others · 1" in html
    assert "(1) Aviary" in html
    assert one(html, "id", "icon")["href"] == "/icon.svg?n=1"
    assert "open" not in one(html, "id", "others").attributes
    assert (
        html.index('id="card:test/waiting"') < html.index('id="others"') < html.index('id="card:test/cart"')
    )


def test_nothing_for_me_says_so(store: Store, viewer: Client) -> None:
    html = page(viewer)
    assert "Nothing waits for you" in text(html)
    assert "Waiting for others · 1" in html
    assert one(html, "id", "icon")["href"] == "/icon.svg?n=0"


def test_a_card_has_one_button_in_front_and_the_others_behind_it(store: Store, approver: Client) -> None:
    card = page(approver).split('id="card:test/waiting"')[1].split("</li>")[0]
    actions = [button["data-action"] for button in elements(card, "data-action")]
    assert actions == ["approve", "hold", "rollback"]
    assert [button["class"] for button in elements(card, "data-action") if "go" in button["class"]] == [
        "btn go"
    ]


def test_without_the_role_it_waits_for_an_approver(store: Store, viewer: Client) -> None:
    assert why(viewer, "waiting") == "Needs approver in test"
    assert not elements(page(viewer).split('id="card:test/waiting"')[1].split("</li>")[0], "data-action")


def test_outside_of_the_policys_group_it_waits_for_the_group(
    store: Store, people: People, approver: Client
) -> None:
    views.put(store, canary("cart", "Waiting", policies=SRE))
    assert why(approver) == "For somebody of the group “sre”."
    people.alice.groups.add(Group.objects.create(name="sre"))
    assert turn(approver) == "mine"


def test_whoever_has_approved_waits_for_a_second_person(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting", policies=TWO))
    decide("approve", "cart", person="hana")
    assert turn(approver) == "mine"
    decide("approve", "cart", person="alice")
    assert why(approver) == "For Flagger, which goes on when it asks next."


def test_my_own_approval_takes_it_out_of_my_inbox_only(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting", policies=TWO))
    decide("approve", "cart", person="alice")
    assert why(approver) == "For one more person: you have approved."


def test_a_rejection_takes_it_out_of_every_inbox(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting"))
    decide("hold", "cart", person="hana", reason="error budget")
    assert why(approver).startswith("Rejected by hana")


def test_a_policy_that_cannot_be_used_waits_for_whoever_mends_it(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting", policies={START: {"approvals": "many"}}))
    assert turn(approver) == "policy"


def test_during_a_freeze_nobody_can_move_it_on(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting"))
    now = timezone.now()
    Freeze.objects.create(
        decision=1, namespaces="test", canaries="cart", reason="year end", created_by="ada",
        starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1),
    )  # fmt: skip
    assert turn(approver) == "frozen"
    assert "Frozen for" in one(page(approver), "id", "card:test/cart").text


def test_a_gate_that_is_open_waits_for_flagger(store: Store, approver: Client) -> None:
    key = GateKey(GATE, DEFAULT_CLUSTER, "test", "waiting")
    decisions.apply([Change(Act.OPEN, key, Actor("person", "hana"), Origin("page"))])
    assert turn(approver, "waiting") == "approved"


def test_what_has_waited_longest_comes_first(store: Store, approver: Client) -> None:
    views.put(store, canary("aaa", "WaitingPromotion", weight=50))
    asks("aaa", PROMOTION)
    mine = [card["id"] for card in elements(page(approver), "data-turn", "mine")]
    # `waiting` waits since its phase began, long before `aaa` was asked about for the first time.
    assert mine == ["card:test/waiting", "card:test/aaa"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [("", ""), ("0", ""), ("3", "3"), ("12", "12"), ("100", "99+"), ("-1", ""), ("x" * 99, ""), ("²", ""),
     ("99999999999", "")],
)  # fmt: skip
def test_the_icon_shows_the_number_to_anybody(client: Client, number: str, shown: str) -> None:
    answer: Any = client.get("/icon.svg", {"n": number})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "max-age" in answer.headers["Cache-Control"]
    body = answer.content.decode()
    assert (f">{shown}</text>" in body) == bool(shown)
    assert ("<text" in body) == bool(shown)
