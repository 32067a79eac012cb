"""The pages of the freezes, without JavaScript; the banner; the canary's page and the dialog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.store import Store
from gates import freezing
from gates.actions import Subject
from gates.models import AuditEntry, Exemption, Freeze
from tests.freezes.conftest import ADA, freeze, hence
from tests.people.conftest import send
from tests.support.html import elements, one, text

pytestmark = pytest.mark.django_db

Browse = Callable[[str], Client]


def filled(**more: Any) -> dict[str, Any]:
    """The form, filled in; times as a browser's picker writes them."""
    end = hence(hours=2)
    fields: dict[str, Any] = {
        "namespaces": "payments", "canaries": "*", "starts_at": "",
        "ends_at": f"{end:%Y-%m-%dT%H:%M}", "reason": "incident 4711",
    }  # fmt: skip
    return {name: value for name, value in (fields | more).items() if value is not None}


def page(answer: Any) -> str:
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode())


def held(html: str, part: str) -> list[tuple[str, str]]:
    """The canaries listed in one part of the preview, with their weights."""
    section = html.split(f'data-scope="{part}"')[1].split("</section>")[0]
    return [(each["data-held"], each["data-weight"]) for each in elements(section, "data-held")]


def test_before_a_freeze_is_made_one_sees_what_would_be_stuck_and_at_which_weight(
    browse: Browse, shop: Store
) -> None:
    ada = browse("ada")
    html = page(send(ada, "/freezes/new", **filled(in_flight="on"), step="preview"))
    assert held(html, "in-flight") == [("payments/last", "50"), ("payments/rising", "25")]
    assert held(html, "starting") == [("payments/begins", "0"), ("payments/first", "0")]
    assert held(html, "free") == [("payments/hookless", "10")]
    assert "Would be stuck in flight" in html
    assert not Freeze.objects.exists()
    assert not AuditEntry.objects.exists()


def test_without_the_tick_releases_in_flight_are_said_to_go_on(browse: Browse, shop: Store) -> None:
    html = page(send(browse("ada"), "/freezes/new", **filled(), step="preview"))
    assert "Go on in flight" in html
    assert "Would be stuck" not in html


def test_the_preview_carries_everything_on_to_the_freeze(browse: Browse, shop: Store) -> None:
    ada = browse("ada")
    html = page(send(ada, "/freezes/new", **filled(in_flight="on", canaries="ri*")))
    hidden = {each["name"]: each.attributes.get("value", "") for each in elements(html, "type", "hidden")}
    hidden.pop("csrfmiddlewaretoken")
    answer = send(ada, "/freezes/new", **hidden, step="confirm")
    assert (answer.status_code, answer["Location"]) == (302, "/freezes")
    made = Freeze.objects.get()
    assert (made.namespaces, made.canaries, made.in_flight, made.reason, made.created_by) == (
        "payments", "ri*", True, "incident 4711", "ada",
    )  # fmt: skip
    assert made.ends_at - made.starts_at <= timedelta(hours=2)
    assert AuditEntry.objects.get().action == "freeze.created"


def test_one_may_go_back_and_change_it(browse: Browse, shop: Store) -> None:
    html = page(send(browse("ada"), "/freezes/new", **filled(), step="change"))
    assert one(html, "name", "namespaces")["value"] == "payments"
    assert not Freeze.objects.exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"ends_at": "2020-01-01T00:00"}, "The end must lie ahead"),
        ({"ends_at": "9999-12-31T23:59"}, "at most 92 days"),
        ({"ends_at": "soon"}, "This is no time"),
        ({"starts_at": "2020-13-01T00:00"}, "This is no time"),
        ({"namespaces": "Pay ments"}, "may hold small letters"),
        ({"reason": ""}, "This field is required"),
        ({"reason": "a\x00b"}, "Null characters"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "confirm"])
def test_what_makes_no_sense_comes_back_with_the_reason(
    browse: Browse, shop: Store, more: dict[str, str], told: str, step: str
) -> None:
    answer = send(browse("ada"), "/freezes/new", **filled(**more), step=step)
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert not Freeze.objects.exists()


def test_freezes_are_listed_as_current_coming_and_past(browse: Browse, shop: Store) -> None:
    freeze(reason="now")
    freeze(reason="later", starts_at=hence(minutes=30))
    freezing.lift(freeze(reason="before").pk, ADA)
    html = page(browse("ada").get("/freezes"))
    for part, reason in (("current", "now"), ("coming", "later"), ("past", "before")):
        section = html.split(f'data-freezes="{part}"')[1].split("</section>")[0]
        assert [each.text for each in elements(section, "class", "reason")] == [reason]


def test_a_freeze_is_lifted_and_a_canary_exempted_and_held_again(browse: Browse, shop: Store) -> None:
    made, ada = freeze(), browse("ada")
    assert "payments/rising" in page(ada.get(f"/freezes/{made.pk}/exempt"))
    answer = send(ada, f"/freezes/{made.pk}/exempt", canary="payments/rising", reason="hotfix")
    assert answer.status_code == 302
    exemption = Exemption.objects.get()
    assert one(page(ada.get("/freezes")), "data-exemption")["data-exemption"] == "payments/rising"
    address = f"/freezes/{made.pk}/exemptions/{exemption.pk}/withdraw"
    assert "payments/rising" in page(ada.get(address))
    assert send(ada, address).status_code == 302
    assert send(ada, address).status_code == 404
    assert send(ada, f"/freezes/{made.pk}/lift", reason="over").status_code == 302
    again = send(ada, f"/freezes/{made.pk}/lift")
    assert (again.status_code, "over already" in again.content.decode()) == (409, True)
    assert [entry.action for entry in AuditEntry.objects.order_by("seq")] == [
        "freeze.created", "freeze.exempted", "freeze.exemption.withdrawn", "freeze.lifted", "freeze.refused",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("canary", "status"),
    [("payments/gone", 404), ("catalog/search", 400), ("payments", 400), ("a/b/c", 400), ("", 400)],
)
def test_a_canary_that_cannot_be_exempted_is_refused(
    browse: Browse, shop: Store, canary: str, status: int
) -> None:
    answer = send(browse("ada"), f"/freezes/{freeze().pk}/exempt", canary=canary, reason="hotfix")
    assert answer.status_code == status
    assert not Exemption.objects.exists()


ACTIONS = ("/freezes/new", "/freezes/{0}/lift", "/freezes/{0}/exempt", "/freezes/{0}/exemptions/{1}/withdraw")


@pytest.mark.parametrize("address", ACTIONS)
@pytest.mark.parametrize(
    ("name", "status"),
    [("", 302), ("nora", 403), ("victor", 403), ("alice", 403), ("ada", 200), ("root", 200)],
)
def test_who_may_change_freezes(browse: Browse, shop: Store, address: str, name: str, status: int) -> None:
    made = freeze()
    exemption = freezing.exempt(made.pk, Subject("default", "payments", "rising"), ADA, "hotfix")
    client, filled_in = browse(name), address.format(made.pk, exemption.pk)
    assert client.get(filled_in).status_code == status
    if status != 200:
        before = AuditEntry.objects.count()
        assert (
            send(client, filled_in, **filled(), canary="payments/last", step="confirm").status_code == status
        )
        told = AuditEntry.objects.order_by("seq")[before:].values_list("action", "actor")
        assert list(told) == ([("freeze.refused", name)] if name else [])


def test_an_admin_of_some_namespaces_freezes_those_and_no_others(
    browse: Browse, shop: Store, somewhere: User
) -> None:
    nora = browse("nora")
    beyond = send(nora, "/freezes/new", **filled(namespaces="payments, catalog"), step="confirm")
    assert (beyond.status_code, Freeze.objects.count()) == (403, 0)
    assert "Needs admin in" in beyond.content.decode()
    assert send(nora, "/freezes/new", **filled(namespaces="pay*"), step="confirm").status_code == 403
    assert send(nora, "/freezes/new", **filled(namespaces="payments-*"), step="confirm").status_code == 302
    everywhere = freeze(namespaces="payments, secret-*")
    html = page(nora.get("/freezes"))
    assert "Needs admin in all that the freeze names" in text(html)
    assert "secret" not in html
    assert send(nora, f"/freezes/{everywhere.pk}/lift").status_code == 403


def test_freezes_of_what_one_may_not_see_are_not_there(browse: Browse, shop: Store, somewhere: User) -> None:
    made = freeze(namespaces="catalog", reason="a secret")
    nora = browse("nora")
    assert "a secret" not in page(nora.get("/freezes"))
    assert nora.get(f"/freezes/{made.pk}/lift").status_code == 404
    assert one(page(nora.get("/")), "id", "freeze").attributes.get("hidden") == ""


@pytest.mark.parametrize("address", ["/", "/canaries/payments/rising", "/audit", "/freezes", "/freezes/new"])
def test_the_banner_is_on_every_page_with_its_end_to_count_down_to(
    browse: Browse, shop: Store, address: str
) -> None:
    made = freeze()
    html = page(browse("ada").get(address))
    banner = html.split('id="freeze"')[1].split("</div>")[0]
    assert "incident 4711" in banner
    assert one(banner, "data-left")["datetime"] == made.ends_at.isoformat()


@pytest.mark.parametrize("more", [{"namespaces": "nothing-here"}, {"canaries": "no-such"}])
def test_there_is_no_banner_for_what_holds_nobody(browse: Browse, shop: Store, more: dict[str, str]) -> None:
    freeze(**more)
    html = page(browse("ada").get("/"))
    assert one(html, "id", "freeze").text == ""


def test_there_is_no_banner_before_and_after(browse: Browse, shop: Store) -> None:
    freeze(starts_at=hence(minutes=30))
    freezing.lift(freeze().pk, ADA)
    assert one(page(browse("ada").get("/")), "id", "freeze").text == ""


def test_many_freezes_do_not_push_the_page_away(browse: Browse, shop: Store) -> None:
    for number in range(5):
        freeze(reason=f"incident {number}", ends_at=hence(hours=number + 1))
    html = page(browse("ada").get("/"))
    assert len(elements(html, "data-freeze")) == 3
    assert "and 2 more" in one(html, "id", "freeze").text


@pytest.mark.parametrize(
    ("name", "state", "told"),
    [
        ("begins", "held", "Flagger is told no until"),
        ("rising", "goes-on", "this release goes on"),
        ("hookless", "free", "Freeze not enforceable"),
        ("calm", "exempt", "by ada, because: hotfix"),
    ],
)
def test_the_canarys_page_says_what_the_freeze_means_for_it(
    browse: Browse, shop: Store, name: str, state: str, told: str
) -> None:
    made = freeze()
    freezing.exempt(made.pk, Subject("default", "payments", "calm"), ADA, "hotfix")
    note = one(page(browse("victor").get(f"/canaries/payments/{name}")), "data-frozen")
    assert note["data-frozen"] == state
    assert told in note.text


def test_the_dialog_says_that_an_approval_waits_for_the_end(browse: Browse, shop: Store) -> None:
    freeze()
    alice = browse("alice")
    assert "only after the freeze" in page(alice.get("/canaries/payments/begins/approve"))
    assert "only after the freeze" not in page(alice.get("/canaries/payments/rising/approve"))
    assert "only after the freeze" not in page(alice.get("/canaries/payments/rising/rollback"))


def test_the_log_says_it_in_sentences(browse: Browse, shop: Store) -> None:
    made = freeze(canaries="ri*")
    freezing.exempt(made.pk, Subject("default", "payments", "rising"), ADA, "hotfix")
    told = text(page(browse("ada").get("/audit")))
    assert f"ada froze pay* (ri*) from {made.starts_at:%Y-%m-%d %H:%M} UTC until" in told
    assert "ada exempted payments/rising from the freeze until" in told
