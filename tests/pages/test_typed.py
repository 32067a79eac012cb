"""What pages show of typed hooks: policies, who waits for whom, both clocks, honest rollbacks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard import board, workloads
from dashboard.known import from_database
from dashboard.rows import Drawings
from dashboard.store import Store
from gates.models import Freeze, Gate
from tests.pages.typed import PROMOTION, ROLLBACK, START, TRAFFIC, asks, canary, decide
from tests.support import views
from tests.support.html import Element, elements, one, text

pytestmark = pytest.mark.django_db
TWO = {START: {"approvals": "2", "group": "sre", "deadline": "4h", "on-deadline": "reject"}}
SRE = frozenset({"sre"})


def page(client: Client, name: str = "cart") -> str:
    answer: Any = client.get(f"/canaries/test/{name}")
    assert answer.status_code == 200
    body: str = answer.content.decode()
    return body


def card(client: Client, name: str = "cart") -> Element:
    answer: Any = client.get("/")
    return one(answer.content.decode(), "id", f"card:test/{name}")


def row(client: Client, name: str = "cart") -> Element:
    answer: Any = client.get("/")
    return one(answer.content.decode(), "id", f"row:test/{name}")


def test_the_policy_is_there_before_anybody_is_asked(store: Store, viewer: Client) -> None:
    views.put(store, canary("cart", "Succeeded", policies=TWO))
    said = one(page(viewer), "data-confirm", START).text
    assert "2 approvals by different people of the group “sre”." in said
    assert "Within 4h of Flagger's first question, then it is rejected: blocked until a new revision." in said


def test_a_bad_policy_says_so_where_people_decide(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting", policies={START: {"approvals": "many"}}))
    html = page(approver)
    assert "disabled" in one(html, "data-action", "approve").attributes
    assert "“many” must be a whole number" in card(approver).text


def test_a_waiting_canary_shows_hook_step_approvals_group_and_deadline(store: Store, viewer: Client) -> None:
    views.put(store, canary("cart", "Waiting", policies=TWO))
    asks("cart", START, **TWO[START])
    decide("approve", "cart", groups=SRE)
    shown = card(viewer)
    assert shown["data-waiting"] == START
    assert "Approvals 1 of 2 · hana · group sre" in shown.text
    assert "Deadline in" in shown.text
    assert "then it is rejected: blocked until a new revision" in shown.text
    assert "Start: approvals 1 of 2 · hana" in row(viewer).text


def test_more_traffic_waits_for_its_step_as_another_process_was_asked(store: Store, viewer: Client) -> None:
    views.put(store, canary("cart", "Progressing", weight=10))
    assert not elements(page(viewer), "data-waiting")
    asks("cart", TRAFFIC)
    assert one(page(viewer), "data-waiting")["data-waiting"] == TRAFFIC
    assert "Next step 25 %" in card(viewer).text
    views.put(store, canary("cart", "Progressing", weight=25))
    assert not elements(page(viewer), "data-waiting")


def test_a_rejection_says_who_and_why_and_can_be_withdrawn(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting"))
    entry = decide("hold", "cart", reason="error <b>budget</b>").entry
    assert entry is not None
    asks("cart", START)
    assert "Rejected by hana: error <b>budget</b>" in card(approver).text
    said = one(page(approver), "data-decision", str(entry.seq))
    assert "Withdraw…" in said.text
    address = f"/canaries/test/cart/close?decision={entry.seq}"
    form: Any = approver.get(address)
    assert "The rejection of hana no longer blocks" in text(form.content.decode())
    fields = hidden(form)
    assert approver.post("/canaries/test/cart/close", fields).status_code == 302
    assert not elements(page(approver), "data-decision")


def test_both_clocks_are_shown_and_what_flagger_knows_cannot_be_withdrawn(
    store: Store, approver: Client
) -> None:
    views.put(store, canary("cart", "Waiting"))
    decide("approve", "cart", reason="window open")
    before = one(page(approver), "data-decision")
    assert "Flagger not told yet" in before.text
    assert "Withdraw…" in before.text
    assert asks("cart", START) == "Approved"
    after = one(page(approver), "data-decision")
    assert "Flagger told 20" in after.text
    assert "Withdraw…" not in after.text
    assert "hana · 20" in text(page(approver)).split("Steps")[1]


def test_an_approval_that_does_not_count_says_why(store: Store, viewer: Client) -> None:
    views.put(store, canary("cart", "Progressing", weight=10))
    decide("approve", "cart", hook=TRAFFIC)
    assert "approved 25 % only" in one(page(viewer), "data-decision").text
    views.put(store, canary("cart", "Progressing", weight=25))
    assert "does not reach the next step" in one(page(viewer), "data-decision").text
    views.put(store, canary("cart", "Progressing", weight=25), new="shop/app:9.9")
    assert "for another revision" in one(page(viewer), "data-decision").text


def test_a_revision_that_slipped_in_is_red_and_first(store: Store, viewer: Client) -> None:
    views.put(store, canary("cart", "Progressing", hooks=(START, ROLLBACK), weight=25))
    html = page(viewer)
    assert "Running without approval" in text(html)
    assert "data-unapproved" in row(viewer).attributes
    listed = elements(viewer.get("/").content.decode(), "data-canary", tag="tr")
    assert "data-unapproved" in listed[0].attributes


def test_a_rollback_is_requested_then_told_then_done(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Progressing", weight=25))
    decide("rollback", "cart", reason="errors")
    requested = one(page(approver), "data-rollback")
    assert requested["data-rollback"] == "requested"
    assert "requested by hana" in requested.text
    assert "Flagger has not asked since" in requested.text
    Gate.objects.filter(kind=ROLLBACK).update(answered_at=timezone.now())
    assert one(page(approver), "data-rollback")["data-rollback"] == "told"


@pytest.mark.parametrize(
    ("hooks", "ready", "why"),
    [
        ((START, TRAFFIC), 2, "No rollback webhook of the manifest asks"),
        ((START, TRAFFIC, ROLLBACK), 0, "does not ask while the canary's pods are not ready"),
    ],
)
def test_when_flagger_does_not_ask_about_a_rollback_the_page_says_what_else_helps(
    store: Store, approver: Client, hooks: tuple[str, ...], ready: int, why: str
) -> None:
    views.put(store, canary("cart", "Progressing", hooks=hooks, weight=25))
    target = views.deployment("cart", "test", "shop/app:1.1")
    if not ready:
        raw = {
            "metadata": {"name": "cart", "namespace": "test"},
            "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "app", "image": "x"}]}}},
            "status": {"readyReplicas": 0},
        }
        target = workloads.parse("Deployment", raw)
    store.apply("Deployment", [target])
    said = one(page(approver), "data-hindrance").text
    assert why in said
    assert "set the image back" in said


def test_while_waiting_the_red_button_rejects_and_needs_a_reason(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting"))
    assert one(page(approver), "data-action", "rollback").text == "Reject this revision…"
    address = "/canaries/test/cart/rollback"
    fields = hidden(approver.get(address))
    assert approver.post(address, fields).status_code == 400
    assert approver.post(address, {**fields, "reason": "not today"}).status_code == 302
    assert asks("cart", START) == "rejected by alice: not today"


def test_a_freeze_holds_an_approved_start_and_the_card_says_so(store: Store, viewer: Client) -> None:
    views.put(store, canary("cart", "Waiting"))
    decide("approve", "cart")
    now = timezone.now()
    Freeze.objects.create(
        starts_at=now, ends_at=now + timedelta(hours=1), reason="incident 4711", created_by="ada", decision=9
    )
    shown = card(viewer).text
    assert "Approved; the freeze holds it." in shown
    assert "incident 4711" in shown


def test_a_hook_that_should_have_been_asked_is_overdue_with_the_likely_cause(
    store: Store, viewer: Client
) -> None:
    views.put(store, canary("cart", "Waiting"))
    asked = one(page(viewer), "data-asking", START)
    assert "data-overdue" in asked.attributes
    assert "does the address in the manifest reach Aviary" in asked.text
    assert "Not asked in this phase." in one(page(viewer), "data-asking", PROMOTION).text


def test_drawing_a_row_and_a_card_asks_the_database_nothing(
    store: Store, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    views.put(store, canary("cart", "Waiting", policies=TWO))
    asks("cart", START, **TWO[START])
    known = from_database(store, [("test", "cart")])["test", "cart"]
    with django_assert_num_queries(0):
        Drawings().row(known)
        Drawings().card(known, board.MINE, may_decide=True)


def test_when_nothing_is_asked_the_buttons_say_in_which_phase(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Promoting"))
    for action in ("approve", "hold"):
        pressed = one(page(approver), "data-action", action)
        assert "disabled" in pressed.attributes
        assert pressed["title"] == "Flagger asks for nothing while “Promoting”."


def test_the_ladder_says_who_approved_what(store: Store, viewer: Client) -> None:
    views.put(store, canary("cart", "Progressing", weight=10))
    decide("approve", "cart", hook=TRAFFIC, reach="up-to", weight=50)
    steps = [
        each.text
        for each in elements(page(viewer), "class", tag="li")
        if each["class"] in ("done", "now", "next") and each.text[0].isdigit()
    ]
    assert ["hana" in step for step in steps] == [False, True, True]


def hidden(answer: Any) -> dict[str, str]:
    """The hidden fields of a form, as a browser would send them back."""
    fields = elements(answer.content.decode(), "type", "hidden", tag="input")
    return {field["name"]: field["value"] for field in fields}


def test_whoever_has_approved_is_not_offered_it_again(store: Store, approver: Client, viewer: Client) -> None:
    views.put(store, canary("cart", "Waiting", policies={START: {"approvals": "2"}}))
    asks("cart", START, approvals="2")
    assert "go" in one(page(approver), "data-action", "approve")["class"].split()
    decide("approve", "cart", "alice", hook=START)
    button = one(page(approver), "data-action", "approve")
    assert "go" not in button["class"].split()
    assert button["title"] == "You have approved already."
    assert "disabled" in button.attributes
    assert one(page(viewer), "data-action", "approve")["title"] != "You have approved already."


def test_whoever_approved_ahead_is_not_offered_it_beside_the_hook(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting", (START, PROMOTION), {PROMOTION: {"approvals": "2"}}))
    asks("cart", START)
    decide("approve", "cart", "alice", hook=PROMOTION)
    assert one(page(approver), "data-also", "approve")["title"] == "You have approved already."


def test_whoever_let_a_step_through_may_still_let_more_through(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Progressing", weight=10, policies={TRAFFIC: {"approvals": "2"}}))
    asks("cart", TRAFFIC, approvals="2")
    decide("approve", "cart", "alice", hook=TRAFFIC)
    button = one(page(approver), "data-action", "approve")
    assert "disabled" not in button.attributes
    assert "go" not in button["class"].split()
