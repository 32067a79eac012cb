"""One canary's page: its ladder, its switches, its log, and buttons that say why they cannot be pressed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboard.canary import parse
from dashboard.models import Release
from dashboard.store import Store
from gates import decisions
from gates.audit import Actor, Origin
from gates.decisions import Act, Change
from gates.keys import DEFAULT_CLUSTER, GATE, ROLLBACK, GateKey
from tests.one_b import things
from tests.support import views
from tests.support.html import Element, elements, one, text

pytestmark = pytest.mark.django_db
SCRIPT = Change(
    Act.OPEN,
    GateKey(GATE, DEFAULT_CLUSTER, "test", "waiting"),
    Actor("webhook", "webhook (unverified)"),
    Origin("webhook", "10.0.0.7"),
)


def page(client: Client, name: str, status: int = 200) -> str:
    answer: Any = client.get(f"/canaries/test/{name}")
    assert answer.status_code == status
    body: str = answer.content.decode()
    return body


def button(html: str, action: str) -> Element:
    return one(html, "data-action", action)


def rungs(html: str) -> list[tuple[str, str]]:
    """State and text of each rung, without what only screen readers get."""
    found = [
        element
        for element in elements(html, "class", tag="li")
        if element["class"].split()[0] in ("done", "now", "next", "bad")
    ]
    return [(element["class"], element.text.split(" (")[0]) for element in found]


def test_it_carries_the_contract_and_the_weight_with_its_source(store: Store, viewer: Client) -> None:
    html = page(viewer, "waiting")
    canary = one(html, "data-canary")
    assert (canary["data-canary"], canary["data-phase"], canary["data-weight"]) == (
        "test/waiting",
        "WaitingPromotion",
        "50",
    )
    assert canary["data-waiting"] == "confirm-promotion"
    assert "weight from maximum reached" in text(html)
    assert "shop/app 1.0 → 1.1" in text(html)


def test_the_ladder_shows_what_is_done_now_and_to_come(store: Store, viewer: Client) -> None:
    assert rungs(page(viewer, "rising")) == [
        ("done gate", "Start"),
        ("done", "10 %"),
        ("now", "25 %"),
        ("next", "50 %"),
        ("next gate", "Promotion"),
        ("next", "Promoting"),
        ("next", "Finalising"),
        ("next", "Done"),
    ]


def test_a_ladder_counts_iterations_where_flagger_does(store: Store, viewer: Client) -> None:
    views.put(store, views.canary("blue", iterations=2, analysis={"iterations": 3}, hooks=()))
    assert rungs(page(viewer, "blue"))[:3] == [
        ("done", "Iteration 1"),
        ("now", "Iteration 2"),
        ("next", "Iteration 3"),
    ]


def test_fifty_steps_are_one_rung_of_marks(store: Store, viewer: Client) -> None:
    views.put(store, views.canary("fifty", weight=48, steps=range(2, 101, 2)))
    html = page(viewer, "fifty")
    marks = [rung for rung in rungs(html) if rung[1].endswith("%")]
    assert len(marks) == 50
    assert marks[23] == ("now", "48 %")


@pytest.mark.parametrize(
    ("name", "phase", "action", "why"),
    [
        ("rising", "Waiting", "rollback", "Flagger does not ask while Waiting"),
        ("rising", "Promoting", "rollback", "Flagger does not ask about rolling back"),
        ("rising", "Succeeded", "rollback", "Flagger does not ask about rolling back"),
    ],
)
def test_a_button_that_cannot_be_pressed_says_why(
    store: Store, approver: Client, name: str, phase: str, action: str, why: str
) -> None:
    views.put(store, views.canary(name, phase=phase))
    html = page(approver, name)
    pressed = button(html, action)
    assert "disabled" in pressed.attributes
    assert why in pressed["title"]
    assert why in text(html)
    assert "disabled" not in button(html, "approve").attributes


def test_without_hooks_that_ask_there_is_nothing_to_decide(store: Store, approver: Client) -> None:
    views.put(store, views.canary("rising", hooks=()))
    html = page(approver, "rising")
    assert all("disabled" in one.attributes for one in elements(html, "data-action"))
    assert "No rollback webhook" in text(html)


def test_a_viewer_sees_the_buttons_and_may_not_press_them(store: Store, viewer: Client) -> None:
    buttons = elements(page(viewer, "waiting"), "data-action")
    assert {one["data-action"] for one in buttons} == {"approve", "hold", "rollback"}
    assert all("disabled" in one.attributes and one["title"] == "Needs approver in test" for one in buttons)


def test_the_switches_say_who_when_why_and_whether_flagger_knows(store: Store, approver: Client) -> None:
    decisions.apply([SCRIPT])
    html = page(approver, "waiting")
    gate = one(html, "data-switch", GATE)
    assert gate["data-open"] == "true"
    assert "webhook (unverified)" in gate.text
    assert gate.text.endswith("not yet")
    assert one(html, "data-switch", ROLLBACK)["data-open"] == "false"
    assert "disabled" in button(html, "approve").attributes
    assert "disabled" not in button(html, "close").attributes
    assert "opened the gate of waiting" in text(html)


def test_a_canary_that_is_not_there_is_a_page_that_fills_by_itself(store: Store, viewer: Client) -> None:
    html = page(viewer, "nobody", 404)
    assert "No such canary" in text(html)
    assert "canary=test%2Fnobody" in one(html, "hx-ws:connect")["hx-ws:connect"]


def test_what_cannot_be_read_is_named(store: Store, viewer: Client) -> None:
    raw = views.raw("rising")
    raw["spec"]["analysis"]["threshold"] = "many"
    views.put(store, parse(DEFAULT_CLUSTER, raw))
    assert "cannot be read" in text(page(viewer, "rising"))


def test_a_failed_ladder_says_how_far_it_came_to_those_who_only_hear_it(store: Store, viewer: Client) -> None:
    views.put(store, views.canary("rising", phase="Failed"))
    spoken = one(page(viewer, "rising"), "id", "sec-steps").text
    assert "10 % (not known)" in spoken
    made = things.release(0, "a" * 64, [(0, "Progressing", 25, 5), (10, "Failed", 0, 5)])
    Release.objects.filter(pk=made.pk).update(outcome=Release.Outcome.FAILED, reached=25)
    spoken = one(page(viewer, "rising"), "id", "sec-steps").text
    assert "25 % (done)" in spoken
    assert "50 % (not reached)" in spoken
    assert "(to come)" not in spoken
