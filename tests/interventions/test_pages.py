"""The fold, the dialogs and REST: who may what, and what is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from dashboard import detail
from dashboard.interventions import rights
from dashboard.interventions.acts import OFFERED
from gates.access_rights import EVERYTHING, of_roles
from gates.models import RoleGrant
from tests.freezes.conftest import freeze
from tests.interventions.conftest import Shop
from tests.interventions.live import codes, log, until
from tests.people.conftest import browse, send
from tests.support.html import one
from tests.support.html import text as text_of
from tests.support.people import People

__all__ = ["browse"]
pytestmark = [pytest.mark.kube, pytest.mark.django_db(transaction=True)]
Browse = Callable[[str], Client]


def address(shop: Shop, act: str, name: str = "podinfo") -> str:
    """Of the dialog."""
    return reverse("intervene", args=[shop.namespace, name, act])


def rest(shop: Shop, act: str, name: str = "podinfo") -> str:
    """Of the REST resource."""
    return f"/api/v1/canaries/{shop.namespace}/{name}/{act}"


def script(user: User) -> APIClient:
    """With a token of that person."""
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user)[1]}")
    return client


def fold(shop: Shop, access: Any = EVERYTHING) -> str:
    """The canary's page, as text."""
    return str(detail.draw(shop.store, shop.namespace, "podinfo", access).whole)


def test_the_fold_offers_what_makes_sense_now(shop: Shop) -> None:
    shop.add("podinfo")
    page = fold(shop)
    for act, possible in (("suspend", True), ("promote-now", True), ("retry", False)):
        assert (f'hx-get="{address(shop, act)}"' in page) is possible
    assert address(shop, "resume") not in page
    assert "Retry: Only what has failed is tried again" in text_of(page)
    assert "data-take-back" not in page


def test_without_the_role_the_fold_names_it(shop: Shop) -> None:
    shop.add("podinfo")
    page = fold(shop, of_roles([("viewer", "*")]))
    assert f"Needs approver in {shop.namespace}" in page
    assert 'hx-get="/canaries' not in page.partition('class="more"')[2].partition("</details>")[0]


def test_without_the_right_the_fold_shows_the_rule_to_add(barred: Shop) -> None:
    barred.add("podinfo")
    page = fold(barred)
    assert "Aviary&#x27;s account may not patch canaries.flagger.app here." in page
    assert "apiGroups: [&quot;flagger.app&quot;]" in page
    assert "apiGroups: [&quot;apps&quot;]" in page
    assert address(barred, "suspend") not in page


def test_switched_off_there_is_no_fold_and_nothing_works(
    shop: Shop, people: People, browse: Browse, settings: LazySettings
) -> None:
    shop.add("podinfo")
    settings.INTERVENTIONS = False
    assert 'class="more"' not in fold(shop)
    assert browse("alice").get(address(shop, "suspend")).status_code == 403
    answer = send(browse("alice"), address(shop, "suspend"), reason="x")
    assert answer.status_code == 403
    assert "AVIARY_INTERVENTIONS" in answer.content.decode()
    answer = script(people.alice).post(rest(shop, "suspend"), {"reason": "x"}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "interventions-off")
    assert codes() == []


def test_the_red_dialog_says_all_that(shop: Shop, browse: Browse) -> None:
    shop.add("podinfo", "Waiting")
    page = text_of(browse("alice").get(address(shop, "promote-now")).content.decode())
    for said in (
        "It does not pass confirm-rollout",
        "It stays set: every later release of this canary skips its analysis as well",
        "the next sync may undo it",
        "A freeze would hold it back",
        "no rollback",
        "Take it back after this release",
    ):
        assert said in page


def test_a_form_without_javascript_changes_it_and_leads_back(shop: Shop, browse: Browse) -> None:
    shop.add("podinfo")
    alice = browse("alice")
    answer = send(alice, address(shop, "promote-now"), reason="outage", take_back="on")
    assert (answer.status_code, answer["Location"]) == (302, f"/canaries/{shop.namespace}/podinfo")
    assert shop.spec("podinfo")["skipAnalysis"] is True
    assert [entry.actor for entry in log()] == ["alice", "alice"]
    assert "data-take-back" in fold(shop)


def test_in_a_dialog_it_closes(shop: Shop, browse: Browse) -> None:
    shop.add("podinfo")
    alice = browse("alice")
    alice.get(address(shop, "suspend"))
    token = alice.cookies["csrftoken"].value
    form = {"csrfmiddlewaretoken": token, "reason": "x"}
    answer = alice.post(address(shop, "suspend"), form, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "aviary:decided")


def test_a_refusal_is_said_in_the_dialog_with_what_was_typed(shop: Shop, browse: Browse) -> None:
    shop.add("podinfo")
    alice = browse("alice")
    answer = send(alice, address(shop, "suspend"), reason="because", revision="f" * 64)
    assert answer.status_code == 409
    assert "The revision changed since this page was drawn" in answer.content.decode()
    assert ">because</textarea>" in answer.content.decode()
    assert send(alice, address(shop, "suspend")).status_code == 400


def test_a_form_from_elsewhere_is_refused(shop: Shop, browse: Browse) -> None:
    shop.add("podinfo")
    assert browse("alice").post(address(shop, "suspend"), {"reason": "x"}).status_code == 403
    assert codes() == []


@pytest.mark.parametrize("act", OFFERED)
def test_who_may_and_who_may_not(shop: Shop, people: People, browse: Browse, act: str) -> None:
    shop.add("podinfo")
    RoleGrant.objects.create(user=people.nora, role="admin", namespaces="elsewhere", decision=1)
    for name, page, api in (("victor", 403, 403), ("nora", 404, 404), ("", 302, 401)):
        client = browse(name)
        there = client.get(address(shop, act))
        missing = client.get(address(shop, act, "nothing"))
        assert there.status_code == page
        if page == 404:
            assert missing.status_code == 404
            assert text_of(missing.content.decode()) == text_of(there.content.decode())
        assert send(browse(name), address(shop, act), reason="x").status_code == page
        caller = script(getattr(people, name)) if name else APIClient()
        answer = caller.post(rest(shop, act), {"reason": "x"}, format="json")
        assert answer.status_code == api
        if api == 404:
            assert caller.post(rest(shop, act, "nothing"), {}, format="json").json() == answer.json()
    assert codes() == []


def test_an_unknown_change_is_not_found(shop: Shop, people: People, browse: Browse) -> None:
    shop.add("podinfo")
    for act in ("take-back", "delete"):
        assert browse("ada").get(address(shop, act)).status_code == 404
        assert script(people.ada).post(rest(shop, act), {}, format="json").status_code == 404


def test_a_script_changes_it_over_rest(shop: Shop, people: People) -> None:
    shop.add("podinfo")
    ada = script(people.ada)
    body = {"reason": "outage", "revision": shop.view("podinfo").revision, "take_back": True}
    answer = ada.post(rest(shop, "promote-now"), body, format="json")
    assert answer.status_code == 200
    asked, done = log()
    assert answer.json() == {
        "requested": asked.seq, "entry": done.seq, "before": done.before, "after": done.after,
    }  # fmt: skip
    assert (done.actor, done.via) == ("ada (token)", "api")
    again = ada.post(rest(shop, "promote-now"), body, format="json")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not-now")
    wrong = ada.post(rest(shop, "suspend") + "/", {"reason": "x", "revison": "y"}, format="json")
    assert wrong.status_code == 400
    assert ada.post(rest(shop, "suspend") + "/", {"reason": "x"}, format="json").status_code == 200


def test_a_freeze_is_said_on_the_buttons_that_it_holds_back(shop: Shop, browse: Browse) -> None:
    shop.add("podinfo")
    freeze(namespaces=shop.namespace, reason="incident 4711")
    page = fold(shop)
    assert "Promote now: A freeze holds this back until it ends." in text_of(page)
    assert f'hx-get="{address(shop, "suspend")}"' in page
    dialog = browse("alice").get(address(shop, "promote-now")).content.decode()
    assert "incident 4711" in dialog
    assert one(dialog, "data-action", "promote-now").attributes.keys() >= {"disabled"}


@pytest.fixture
def slow(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """An API server that does not say what we may."""
    monkeypatch.setattr(rights, "PATIENCE", 0.15)

    async def never(*_asked: object) -> bool:
        await asyncio.sleep(0.5)
        return True

    rights.forget()
    shop.api.allowed = never  # type: ignore[assignment,method-assign]
    yield shop
    rights.forget()


def test_a_slow_answer_about_rights_does_not_hold_up_the_page(slow: Shop) -> None:
    slow.add("podinfo")
    page = text_of(fold(slow))
    assert "The cluster has not said whether Aviary may do this" in page
    until(lambda: address(slow, "suspend") in fold(slow))
