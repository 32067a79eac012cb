"""Deciding: what the dialog says, with and without JavaScript, and what refuses."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError
from django.test import Client

from dashboard.store import Store
from gates.models import AuditEntry, Gate
from tests.support import views
from tests.support.html import elements, one, text
from tests.support.people import People

pytestmark = pytest.mark.django_db
APPROVE = "/canaries/test/waiting/approve"
ROLLBACK = "/canaries/test/rising/rollback"
HTMX = {"HX-Request": "true"}


def form(client: Client, address: str) -> dict[str, str]:
    """The hidden fields of the form, as a browser would send them back."""
    answer: Any = client.get(address)
    assert answer.status_code == 200
    fields = elements(answer.content.decode(), "type", "hidden", tag="input")
    return {field["name"]: field["value"] for field in fields}


def test_the_dialog_says_which_revision_from_where_to_where_and_when(store: Store, approver: Client) -> None:
    answer: Any = approver.get(APPROVE, headers=HTMX)
    html = answer.content.decode()
    assert "<html" not in html
    view = store.get("test", "waiting")
    assert view is not None
    for told in (view.revision[:10], "1.0→ 1.1", "50 % to the canary", "every 10 s", "gets all traffic"):
        assert told in text(html)
    assert one(html, "name", "revision")["value"] == view.revision


def test_it_is_a_page_of_its_own_without_javascript(store: Store, approver: Client) -> None:
    fields = form(approver, APPROVE)
    answer: Any = approver.post(APPROVE, {**fields, "reason": "load is low"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/canaries/test/waiting")
    gate = Gate.objects.get()
    assert (gate.open, gate.bound, gate.changed_by, gate.reason) == (True, True, "alice", "load is low")
    assert gate.revision == fields["revision"]
    assert AuditEntry.objects.get().via == "page"


def test_htmx_is_told_to_close_the_dialog(store: Store, approver: Client) -> None:
    answer: Any = approver.post(APPROVE, form(approver, APPROVE), headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "aviary:decided")


def test_keeping_it_open_does_not_bind_it(store: Store, approver: Client) -> None:
    approver.post(APPROVE, {**form(approver, APPROVE), "keep": "8h"})
    gate = Gate.objects.get()
    assert (gate.open, gate.bound) == (True, False)
    assert gate.until is not None


def test_a_changed_revision_is_refused_and_shown(store: Store, approver: Client) -> None:
    fields = form(approver, APPROVE)
    views.put(store, views.canary("waiting", phase="WaitingPromotion"), new="shop/app:1.2")
    answer: Any = approver.post(APPROVE, {**fields, "reason": "typed <b>before</b>"}, headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "shop/app:1.2" in text(html)
    assert one(html, "name", "revision")["value"] != fields["revision"]
    assert "typed <b>before</b>" in text(html)
    assert "typed <b>" not in html
    assert not Gate.objects.filter(open=True).exists()


def test_rolling_back_needs_a_reason(store: Store, approver: Client) -> None:
    fields = form(approver, ROLLBACK)
    answer: Any = approver.post(ROLLBACK, {**fields, "reason": "  "}, headers=HTMX)
    assert answer.status_code == 400
    assert "reason" in one(answer.content.decode(), "role", "alert").text
    answer = approver.post(ROLLBACK, {**fields, "reason": "errors"}, headers=HTMX)
    assert answer.status_code == 204
    assert Gate.objects.get(kind="rollback").open


def test_close_withdraws_the_one_it_names(store: Store, approver: Client) -> None:
    approver.post(ROLLBACK, {**form(approver, ROLLBACK), "reason": "errors"})
    address = "/canaries/test/rising/close"
    fields = form(approver, f"{address}?kind=rollback")
    assert fields["kind"] == "rollback"
    approver.post(address, fields)
    assert not Gate.objects.get(kind="rollback").open


def test_a_viewer_is_refused_whatever_the_page_showed(store: Store, viewer: Client) -> None:
    for answer in (viewer.get(APPROVE), viewer.post(APPROVE, {"revision": ""})):
        assert answer.status_code == 403
    assert not AuditEntry.objects.exclude(outcome="refused").exists()


def test_a_form_from_elsewhere_is_refused(store: Store, approver: Client) -> None:
    answer: Any = approver.post(APPROVE, {"revision": "", "reason": "forged"})
    assert answer.status_code == 403
    assert not AuditEntry.objects.exclude(outcome="refused").exists()


@pytest.mark.parametrize(
    "address", ["/canaries/test/nobody/approve", "/canaries/test/waiting/launch", "/canaries/test"]
)
def test_what_is_not_there_is_a_404(store: Store, approver: Client, address: str) -> None:
    assert approver.get(address).status_code == 404


@pytest.mark.parametrize(
    "bad",
    [{"keep": "forever"}, {"kind": "door"}, {"reason": "x" * 2001}, {"revision": "x" * 65}, {"reason": "\0"}],
)
def test_odd_values_are_refused_in_words(store: Store, approver: Client, bad: dict[str, str]) -> None:
    answer: Any = approver.post(APPROVE, {**form(approver, APPROVE), **bad}, headers=HTMX)
    assert answer.status_code == 400
    assert one(answer.content.decode(), "role", "alert").text
    assert not AuditEntry.objects.exclude(outcome="refused").exists()


def test_a_database_that_does_not_answer_is_said_and_the_reason_kept(store: Store, approver: Client) -> None:
    fields = form(approver, APPROVE)
    with patch("gates.decisions.apply", side_effect=OperationalError("gone")):
        answer: Any = approver.post(APPROVE, {**fields, "reason": "typed"}, headers=HTMX)
    assert answer.status_code == 503
    assert "typed" in text(answer.content.decode())


def refusal(answer: Any, status: int, said: str) -> str:
    """A refusal as the dialog shows it."""
    html: str = answer.content.decode()
    assert answer.status_code == status
    assert "<html" not in html
    assert "<header" not in html
    assert said in one(html, "id", "dialog-title").text
    assert "Nothing was done." in one(html, "role", "alert").text
    assert one(html, "data-close", tag="a").text == "Close"
    return html


def test_a_role_taken_away_is_said_in_the_dialog_and_what_was_typed_stays(
    store: Store, approver: Client, people: People
) -> None:
    fields = form(approver, APPROVE)
    people.alice.groups.set([Group.objects.get(name="viewer")])
    answer = approver.post(APPROVE, {**fields, "reason": "load <is> low"}, headers=HTMX)
    html = refusal(answer, 403, "Needs approver in test")
    assert one(html, "id", "typed").text == "load <is> low"
    refusal(approver.get(APPROVE, headers=HTMX), 403, "Needs approver in test")
    # Without JavaScript it is a page.
    assert "<html" in approver.post(APPROVE, fields).content.decode()


def test_other_refusals_fit_the_dialog_too(store: Store, approver: Client) -> None:
    fields = form(approver, APPROVE)
    refusal(approver.get("/canaries/test/none/approve", headers=HTMX), 404, "nothing at this address")
    refusal(approver.post(APPROVE, {"revision": fields["revision"]}, headers=HTMX), 403, "no longer valid")
