"""Saved views of the log: everybody's own, validated, renamed and deleted without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from gates import saved_views
from gates.models import AuditEntry, SavedView
from tests.people.conftest import send
from tests.people.test_audit_page import read, words
from tests.support.people import People

pytestmark = pytest.mark.django_db


def test_a_view_is_saved_offered_renamed_and_deleted(browse: Callable[[str], Client]) -> None:
    victor = browse("victor")
    answer = send(victor, "/audit/views", name="Mine", query="person=alice&canary=&before=9&x=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/audit?person=alice")
    page = read(victor, person="alice")
    assert re.search(r'class="count own" href="\?person=alice" aria-current="true">Mine</a>', page)
    assert "Save this view" not in page
    number = SavedView.objects.get().pk
    send(victor, f"/audit/views/{number}", act="rename", name="Alice's <b>doings</b>")
    page = read(victor, "/audit/views")
    assert "Alice's <b>doings</b>" in words(page)
    assert "<b>doings" not in page
    send(victor, f"/audit/views/{number}", act="delete")
    assert not SavedView.objects.exists()
    assert "You have no saved view" in read(victor, "/audit/views")
    # Nobody else's business: not even the log's.
    assert not AuditEntry.objects.exists()


def test_the_same_name_takes_the_new_filters(browse: Callable[[str], Client]) -> None:
    victor = browse("victor")
    for query in ("person=alice", "period=7d"):
        send(victor, "/audit/views", name="Mine", query=query)
    assert list(SavedView.objects.values_list("name", "query")) == [("Mine", "period=7d")]


def test_views_of_others_are_not_there(browse: Callable[[str], Client], people: People) -> None:
    view = saved_views.save(people.alice, "Hers", "person=alice")
    victor = browse("victor")
    assert "Hers" not in read(victor) + read(victor, "/audit/views")
    for fields in ({"act": "delete"}, {"act": "rename", "name": "x"}):
        assert send(victor, f"/audit/views/{view.pk}", **fields).status_code == 404
    assert SavedView.objects.get().name == "Hers"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "", "query": "person=alice"}, "Give the view a name."),
        ({"name": "x" * 81, "query": "person=alice"}, "at most 80 characters"),
        ({"name": "x", "query": ""}, "Set a filter first"),
        ({"name": "x", "query": "before=7&nonsense=1"}, "Set a filter first"),
        ({"name": "x", "query": "since=2026-02-31"}, "These filters are not right"),
        ({"name": "x", "query": "action=gate.flown"}, "These filters are not right"),
        ({"name": "x", "query": "text=" + "y" * 8000}, "at most 8000 characters"),
    ],
)
def test_what_cannot_be_saved_is_said(
    browse: Callable[[str], Client], fields: dict[str, str], message: str
) -> None:
    answer = send(browse("victor"), "/audit/views", **fields)
    assert answer.status_code == 400
    assert message in words(answer.content.decode())
    assert not SavedView.objects.exists()


def test_a_name_is_taken_once_and_there_is_an_end(
    browse: Callable[[str], Client], people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "MOST", 2)
    first, _second = (saved_views.save(people.victor, name, "person=alice") for name in ("a", "b"))
    victor = browse("victor")
    answer = send(victor, f"/audit/views/{first.pk}", act="rename", name="b")
    assert answer.status_code == 400
    assert "You have a view named “b” already" in words(answer.content.decode())
    assert "You have 2 saved views" in words(
        send(victor, "/audit/views", name="c", query="person=alice").content.decode()
    )
    assert send(victor, "/audit/views", name="b", query="period=7d").status_code == 302
    assert set(SavedView.objects.values_list("name", flat=True)) == {"a", "b"}


def test_nothing_is_saved_without_the_forms_own_token(browse: Callable[[str], Client]) -> None:
    victor = browse("victor")
    view = saved_views.save(victor.get("/audit").wsgi_request.user, "a", "person=alice")
    assert victor.post("/audit/views", {"name": "b", "query": "person=alice"}).status_code == 403
    assert victor.post(f"/audit/views/{view.pk}", {"act": "delete"}).status_code == 403
    assert victor.get(f"/audit/views/{view.pk}").status_code == 405
    assert SavedView.objects.get().name == "a"


def test_views_are_for_who_may_read_the_log(browse: Callable[[str], Client]) -> None:
    assert browse("nora").get("/audit/views").status_code == 403
    assert browse("").get("/audit/views").status_code == 302
