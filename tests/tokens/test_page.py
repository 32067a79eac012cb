"""`/tokens` in a browser without JavaScript: who sees what, and that a token is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken

from gates import wording
from gates.models import AuditEntry, RoleGrant, WebhookToken
from tests.people.conftest import send
from tests.support import html
from tests.support.people import People

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]


def made(answer: Any) -> str:
    """The token in the answer."""
    assert answer.status_code == 200, answer.content
    return html.one(answer.content.decode(), "data-token", "", tag="code").text


def new(client: Client, kind: str, **fields: str) -> Any:
    return send(client, f"/tokens/new/{kind}", **{"name": "mine", "namespaces": "*", "days": "30", **fields})


def test_a_token_is_shown_once_and_never_kept_by_a_cache(browse: Browse) -> None:
    client = browse("victor")
    answer = new(client, "personal", role="viewer")
    token = made(answer)
    assert "no-store" in answer["Cache-Control"]
    page = client.get("/tokens").content.decode()
    assert token not in page
    assert token[:8] in page
    assert Client(HTTP_AUTHORIZATION=f"Token {token}").get("/api/v1/gates/").status_code == 200
    log = repr(list(AuditEntry.objects.values()))
    assert token not in log
    assert "API token for victor" in wording.sentence(AuditEntry.objects.latest("seq"), "")


def test_each_sees_their_own_and_admins_all(browse: Browse) -> None:
    for name in ("alice", "victor"):
        new(browse(name), "personal", name=f"of {name}")
    new(browse("ada"), "service", name="deploy", role="viewer")
    new(browse("ada"), "webhook", name="flagger", clusters="*")
    alice, ada = (browse(name).get("/tokens").content.decode() for name in ("alice", "ada"))
    assert "of alice" in alice
    assert not {"of victor", "deploy", "flagger"} & set(re.findall(r'scope="row">([^<]+?) <', alice))
    assert html.elements(alice, "data-tokens")
    assert len(html.elements(alice, "data-tokens")) == 1
    assert {"of alice", "of victor", "deploy", "flagger"} <= set(re.findall(r'scope="row">([^<]+?) <', ada))


def test_revoking_asks_first_and_is_for_owners_and_admins(browse: Browse) -> None:
    token = made(new(browse("alice"), "personal"))
    address = f"/tokens/api/{AuthToken.objects.get().token_key}/revoke"
    assert browse("victor").get(address).status_code == 404
    assert send(browse("victor"), address).status_code == 404
    assert browse("alice").get(address).status_code == 200
    assert AuthToken.objects.count() == 1
    assert send(browse("ada"), address)["Location"] == "/tokens"
    assert Client(HTTP_AUTHORIZATION=f"Token {token}").get("/api/v1/gates/").status_code == 401


def test_webhook_tokens_are_made_replaced_and_revoked(browse: Browse) -> None:
    ada = browse("ada")
    first = made(new(ada, "webhook", name="flagger", clusters="*", namespaces="payments-*"))
    row = WebhookToken.objects.get()
    second = made(send(ada, f"/tokens/webhook/{row.pk}/replace", hours="24"))
    assert first != second
    assert set(WebhookToken.objects.values_list("name", "namespaces")) == {("flagger", "payments-*")}
    assert send(ada, f"/tokens/webhook/{row.pk}/revoke")["Location"] == "/tokens"
    assert send(ada, f"/tokens/webhook/{row.pk}/revoke").status_code == 404
    assert [entry.action for entry in AuditEntry.objects.order_by("seq")] == [
        "token.webhook-created",
        "token.webhook-created",
        "token.webhook-rotated",
        "token.webhook-revoked",
    ]
    for entry in AuditEntry.objects.all():
        assert "“flagger”" in wording.sentence(entry, "")


@pytest.mark.parametrize("kind", ["service", "webhook"])
@pytest.mark.parametrize("name", ["alice", "victor"])
def test_only_admins_make_tokens_for_others(browse: Browse, name: str, kind: str) -> None:
    client = browse(name)
    assert client.get(f"/tokens/new/{kind}").status_code == 403
    assert new(client, kind, role="viewer", clusters="*").status_code == 403
    assert not AuthToken.objects.exists()
    assert not WebhookToken.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "/tokens/new/other",
        "/tokens/webhook/99999999999999999999/replace",
        "/tokens/webhook/1/replace",
        "/tokens/api/nothing/revoke",
        "/tokens/other/1/revoke",
    ],
)
def test_what_is_not_there_is_404(browse: Browse, address: str) -> None:
    assert browse("ada").get(address).status_code == 404
    assert send(browse("ada"), address).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"namespaces": "Upper"},
        {"namespaces": ""},
        {"days": "5"},
        {"days": "x"},
        {"role": "owner"},
        {"name": "a\x00b"},
    ],
)
def test_a_wrong_form_says_so_and_makes_nothing(browse: Browse, wrong: dict[str, str]) -> None:
    answer = new(browse("alice"), "personal", **wrong)
    assert answer.status_code == 400
    assert html.elements(answer.content.decode(), "class", "error")
    assert not AuthToken.objects.exists()


def test_an_admin_of_some_namespaces_is_told_what_is_missing(browse: Browse, people: People) -> None:
    RoleGrant.objects.create(user=people.nora, role="admin", namespaces="payments-*", decision=1)
    client = browse("nora")
    assert (
        "payments-*"
        in html.one(client.get("/tokens/new/webhook").content.decode(), "name", "namespaces")["value"]
    )
    assert new(client, "webhook", clusters="*").status_code == 403
    assert made(new(client, "webhook", clusters="*", namespaces="payments-eu"))


def test_nobody_without_a_role_has_tokens(browse: Browse) -> None:
    assert browse("nora").get("/tokens").status_code == 403
    assert new(browse("nora"), "personal").status_code == 403
    assert Client().get("/tokens").status_code == 302
    assert not AuthToken.objects.exists()


def test_asking_to_end_what_is_anothers_is_an_entry_that_tells_nobody_whether_it_is_there(
    browse: Browse,
) -> None:
    new(browse("alice"), "personal")
    new(browse("ada"), "webhook", name="flagger", clusters="*")
    there, number = AuthToken.objects.get().token_key, WebhookToken.objects.get().pk
    before = AuditEntry.objects.count()
    client = browse("victor")
    addresses = [f"/tokens/api/{there}/revoke", "/tokens/api/nothing/revoke"]
    addresses += [f"/tokens/webhook/{each}/{act}" for each in (number, 9999) for act in ("revoke", "replace")]
    pages = {client.get(address).status_code for address in addresses}
    assert (pages, AuditEntry.objects.count()) == ({404}, before)
    for address in addresses:
        assert send(client, address, hours="1").status_code == 404
    told = list(AuditEntry.objects.order_by("seq")[before:])
    assert [entry.kind for entry in told] == ["token"] * 2 + ["webhook-token"] * 4
    facts = {(entry.action, entry.outcome, entry.actor, entry.after["code"]) for entry in told}
    assert facts == {("token.refused", "refused", "victor", "no-such-token")}
    assert (AuthToken.objects.count(), WebhookToken.objects.filter(revoked_at=None).count()) == (1, 1)


def test_an_auditor_sees_tokens_and_is_told_by_the_log_what_ending_them_needs(
    browse: Browse, people: People
) -> None:
    new(browse("ada"), "webhook", name="flagger", clusters="*", namespaces="payments-*")
    RoleGrant.objects.create(user=people.nora, role="auditor", namespaces="*", decision=1)
    address = f"/tokens/webhook/{WebhookToken.objects.get().pk}"
    for act in ("revoke", "replace"):
        assert send(browse("nora"), f"{address}/{act}", hours="1").status_code == 404
        entry = AuditEntry.objects.latest("seq")
        assert (entry.action, entry.after["code"]) == ("token.refused", "role-required")
        assert entry.after["message"] == "Needs admin in payments-*"
