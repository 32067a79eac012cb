"""The dialogs about typed hooks: what they offer, what they refuse, several canaries in one, comments."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from dashboard.store import Store
from gates.models import Approval, AuditEntry
from tests.pages.test_typed import hidden, page
from tests.pages.typed import PROMOTION, START, TRAFFIC, canary, decide
from tests.support import views
from tests.support.html import elements, one, text
from tests.support.people import People

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
APPROVE = "/canaries/test/cart/approve"


def dialog(client: Client, address: str = APPROVE, **fields: str) -> Any:
    answer: Any = client.get(address, fields, headers=HTMX)
    assert answer.status_code == 200
    return answer


def test_traffic_is_approved_for_a_step_up_to_a_weight_or_all_the_way(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Progressing", weight=10))
    shown = dialog(approver)
    offered = elements(shown.content.decode(), "name", "far")
    assert [each["value"] for each in offered] == ["step:25", "up-to:50", "all"]
    assert "10 % to the canary → 25 %" in text(shown.content.decode())
    assert not elements(shown.content.decode(), "name", "keep")
    assert approver.post(APPROVE, {**hidden(shown), "far": "up-to:50"}, headers=HTMX).status_code == 204
    row = Approval.objects.get()
    assert (row.hook, row.reach, row.weight, row.person) == (TRAFFIC, "up-to", 50, "alice")


def test_the_next_step_is_the_one_that_was_shown(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Progressing", weight=10))
    fields = hidden(dialog(approver)) | {"far": "step:25"}
    views.put(store, canary("cart", "Progressing", weight=25))
    answer: Any = approver.post(APPROVE, fields, headers=HTMX)
    assert answer.status_code == 409
    assert "The next step is another one by now, 50 %" in text(answer.content.decode())
    assert not Approval.objects.exists()


def test_a_hook_can_be_approved_before_flagger_asks(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting"))
    shown = dialog(approver, hook=PROMOTION)
    assert "it will ask later" in text(shown.content.decode())
    approver.post(APPROVE, hidden(shown), headers=HTMX)
    assert Approval.objects.get().hook == PROMOTION


def test_a_changed_revision_is_refused_and_the_new_images_are_shown(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting"))
    fields = hidden(dialog(approver))
    views.put(store, canary("cart", "Waiting"), new="shop/app:1.2")
    answer: Any = approver.post(APPROVE, {**fields, "reason": "typed"}, headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert one(html, "name", "revision")["value"] != fields["revision"]
    assert len(elements(html, "class", "changed")) == 2
    assert "1.2" in text(html)
    assert "typed" in text(html)
    assert not Approval.objects.exists()


def test_somebody_outside_of_the_group_is_told_and_refused(
    store: Store, approver: Client, people: People
) -> None:
    views.put(store, canary("cart", "Waiting", policies={START: {"group": "sre"}}))
    shown = dialog(approver)
    assert "disabled" in one(shown.content.decode(), "data-action").attributes
    assert approver.post(APPROVE, hidden(shown), headers=HTMX).status_code == 403
    people.alice.groups.add(Group.objects.create(name="sre"))
    shown = dialog(approver)
    assert "disabled" not in one(shown.content.decode(), "data-action").attributes
    assert approver.post(APPROVE, hidden(shown), headers=HTMX).status_code == 204


def test_whoever_has_approved_is_told_that_somebody_else_must(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting", policies={START: {"approvals": "2"}}))
    first = dialog(approver)
    assert "Your approval counts. Flagger waits for 1 more." in text(first.content.decode())
    approver.post(APPROVE, hidden(first), headers=HTMX)
    assert "You have approved already" in text(dialog(approver).content.decode())


def test_rejecting_needs_a_reason(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "WaitingPromotion"))
    address = "/canaries/test/cart/hold"
    fields = hidden(dialog(approver, address))
    assert approver.post(address, fields, headers=HTMX).status_code == 400
    assert approver.post(address, {**fields, "reason": "slow"}, headers=HTMX).status_code == 204
    assert Approval.objects.get().verdict == "reject"


@pytest.mark.parametrize(
    "bad", [{"far": "step:0"}, {"far": "up-to:101"}, {"hook": "rollback"}, {"gate": "a/b"}, {"decision": "x"}]
)
def test_odd_values_are_refused_in_words(store: Store, approver: Client, bad: dict[str, str]) -> None:
    views.put(store, canary("cart", "Progressing", weight=10))
    answer: Any = approver.post(APPROVE, {**hidden(dialog(approver)), **bad}, headers=HTMX)
    assert answer.status_code == 400
    assert one(answer.content.decode(), "role", "alert").text


def test_a_comment_is_shown_among_the_entries_and_decides_nothing(store: Store, approver: Client) -> None:
    views.put(store, canary("cart", "Waiting"))
    address = "/canaries/test/cart/comment"
    fields = hidden(dialog(approver, address))
    assert approver.post(address, fields).status_code == 400
    assert approver.post(address, {**fields, "reason": "looking at it"}).status_code == 302
    assert "alice commented on cart looking at it" in text(page(approver))
    assert not Approval.objects.exists()


def two(store: Store) -> list[str]:
    views.put(store, canary("cart", "Waiting"), canary("pay", "Waiting"))
    return ["test/cart", "test/pay"]


def test_several_are_listed_and_each_is_decided_on_its_own(store: Store, approver: Client) -> None:
    keys = two(store)
    shown: Any = approver.get("/decide", {"action": "approve", "canary": keys})
    lines = elements(shown.content.decode(), "data-line")
    assert [line["data-line"] for line in lines] == keys
    assert all("Approve start · 1.0→ 1.1" in line.text for line in lines)
    fields = hidden(shown)
    views.put(store, canary("pay", "Waiting"), new="shop/app:1.2")
    answer: Any = approver.post("/decide", {**fields, "canary": keys, "reason": "both fine"})
    assert answer.status_code == 200
    cart, pay = elements(answer.content.decode(), "data-line")
    assert (cart["data-done"], pay["data-done"]) == ("true", "false")
    assert "revision changed" in pay.text
    assert "1.2" in pay.text
    row = Approval.objects.get()
    assert (row.name, row.reason) == ("cart", "both fine")
    again = {**hidden(answer), "canary": "test/pay"}
    answer = approver.post("/decide", again)
    assert one(answer.content.decode(), "data-line")["data-done"] == "true"


def test_what_was_not_ticked_is_not_decided(store: Store, approver: Client) -> None:
    shown: Any = approver.get("/decide", {"action": "approve", "canary": two(store)})
    approver.post("/decide", {**hidden(shown), "canary": "test/pay"})
    assert [row.name for row in Approval.objects.all()] == ["pay"]


def test_without_what_was_seen_nothing_is_decided(store: Store, approver: Client) -> None:
    shown: Any = approver.get("/decide", {"action": "approve", "canary": two(store)})
    fields = {name: value for name, value in hidden(shown).items() if not name.startswith("seen:")}
    answer: Any = approver.post("/decide", {**fields, "canary": "test/pay"})
    assert one(answer.content.decode(), "data-line")["data-done"] == "false"
    assert not AuditEntry.objects.exclude(outcome="refused").exists()


def test_several_cannot_be_decided_by_a_viewer_and_nothing_ticked_is_said(
    store: Store, approver: Client, viewer: Client
) -> None:
    keys = two(store)
    assert viewer.get("/decide", {"action": "approve", "canary": keys}).status_code == 403
    for bad in ({"action": "approve"}, {"action": "rollback", "canary": keys}, {"canary": "odd"}):
        assert approver.get("/decide", bad).status_code == 400


def test_the_gate_of_a_drop_in_canary_is_decided_among_the_others(store: Store, approver: Client) -> None:
    decide("comment", "waiting", reason="so that the log is not empty")
    shown: Any = approver.get("/decide", {"action": "hold", "canary": "test/waiting"})
    approver.post("/decide", {**hidden(shown), "canary": "test/waiting", "reason": "later"})
    assert AuditEntry.objects.first().action == "gate.held"  # type: ignore[union-attr]
