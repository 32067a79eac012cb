"""Webhook tokens on running servers: made in the browser, valid at once everywhere, gone when revoked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from gates import token_memory, webhook_tokens
from gates.asked_for import Refused
from gates.audit import Actor, Origin
from gates.models import AuditEntry, RoleGrant, WebhookToken
from gates.reader import DatabaseUnavailable
from gates.roles import Admin
from gates.token_memory import TokenMemory
from gates.webhook_tokens import Wanted
from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, OK, ask, somebody
from tests.gates.conftest import Entries
from tests.support.people import People
from tests.support.server import Server
from tests.support.visitor import Visitor
from tests.support.waiting import until
from tests.tokens.conftest import make, number, send, shown


def _refuses(server: Server, path: str, who: dict[str, object]) -> bool:
    return ask(server, path, who) == FORBIDDEN


def test_a_new_token_is_valid_on_every_replica_at_once(
    strict: Server, second: Server, admin: Visitor
) -> None:
    who, token = somebody(), make(admin)
    assert ask(second, f"/t/{token}/gate/open", who) == ACCEPTED
    assert ask(strict, f"/gate/check?token={token}", who) == APPROVED
    assert ask(second, f"/t/{token}/clusters/default/gate/approve") == OK
    assert ask(second, f"/t/{token[:-1]}/gate/check", who) == FORBIDDEN
    assert ask(second, "/gate/check", who) == FORBIDDEN


def test_a_token_is_for_its_namespaces_only(strict: Server, admin: Visitor) -> None:
    token = make(admin, "payments-*, catalog")
    for namespace, answer in [("payments-eu", ACCEPTED), ("catalog", ACCEPTED), ("payments", FORBIDDEN)]:
        for switch in ("gate", "rollback"):
            assert ask(strict, f"/t/{token}/{switch}/open", somebody(namespace=namespace)) == answer
    elsewhere = somebody(namespace="other")
    everywhere = make(admin)
    assert ask(strict, f"/t/{everywhere}/rollback/open", elsewhere) == ACCEPTED
    assert ask(strict, f"/t/{everywhere}/rollback/check", elsewhere) == APPROVED
    for address in ("/gate/check", "/rollback/check", "/hooks/rollback", "/hooks/confirm-promotion", "/"):
        assert ask(strict, f"/t/{token}{address}", elsewhere) == FORBIDDEN


def test_a_revoked_token_ends_on_every_replica(strict: Server, second: Server, admin: Visitor) -> None:
    token, who = make(admin, name="leaked"), somebody()
    assert ask(second, f"/t/{token}/rollback/open", who) == ACCEPTED
    assert ask(strict, f"/t/{token}/rollback/check", who) == APPROVED
    send(admin, f"/tokens/webhook/{number(admin, token)}/revoke", {})
    for server in (strict, second):
        refused = partial(_refuses, server, f"/t/{token}/rollback/check", who)
        until(refused)
        assert ask(server, f"/t/{token}/gate/approve") == FORBIDDEN
    assert token[:12] not in admin.get("/tokens").text


def test_a_replaced_token_and_the_new_one_are_both_valid_for_a_while(
    strict: Server, second: Server, admin: Visitor
) -> None:
    old = make(admin, "test", name="flagger of test")
    new = shown(send(admin, f"/tokens/webhook/{number(admin, old)}/replace", {"hours": "24"}))
    for server, token in ((strict, old), (second, old), (strict, new), (second, new)):
        assert ask(server, f"/t/{token}/gate/open", somebody()) == ACCEPTED
        assert ask(server, f"/t/{token}/gate/open", somebody(namespace="other")) == FORBIDDEN
    newest = shown(send(admin, f"/tokens/webhook/{number(admin, new)}/replace", {"hours": "0"}))
    assert ask(second, f"/t/{newest}/gate/open", somebody()) == ACCEPTED
    until(lambda: ask(second, f"/t/{new}/gate/approve") == FORBIDDEN)


def test_the_log_names_the_token_and_never_shows_it(strict: Server, admin: Visitor, entries: Entries) -> None:
    token, who = make(admin, name="payments pipeline"), somebody()
    assert ask(strict, f"/t/{token}/gate/open", who) == ACCEPTED
    (opened,) = entries(strict, who)
    assert (opened["actor_kind"], opened["actor"]) == ("token", "payments pipeline (webhook token)")
    assert opened["auth"] == "webhook-token"
    assert token not in repr(entries(strict)) + strict.output
    assert token not in admin.get("/tokens").text + admin.get("/audit").text


def test_the_page_says_when_a_token_was_last_used(strict: Server, admin: Visitor) -> None:
    token = make(admin, name="used")
    assert ask(strict, f"/t/{token}/gate/approve") == OK
    row = f'data-token="{number(admin, token)}"'

    def last_used() -> bool:
        page = admin.get("/tokens").text
        return "never" not in page.split(row)[1].split("</tr>")[0]

    until(last_used)


@pytest.mark.django_db
def test_an_admin_of_some_namespaces_makes_tokens_for_those(people: People) -> None:
    RoleGrant.objects.create(user=people.nora, role="admin", namespaces="payments-*", decision=1)
    nora = Admin(people.nora, Actor("person", "nora", "password"), Origin("page"))
    row, token = webhook_tokens.make(nora, Wanted("mine", "payments-eu, payments-us", days=7))
    assert (row.namespaces, row.created_by) == ("payments-eu, payments-us", "nora")
    assert row.expires_at is not None
    assert timezone.now() + timedelta(days=6) < row.expires_at < timezone.now() + timedelta(days=8)
    assert token.startswith("avw_")
    assert len(token) >= 36
    assert token not in (row.digest, row.hint)
    for namespaces in ("*", "payments-eu, catalog", "p*"):
        with pytest.raises(Refused, match="Needs admin"):
            webhook_tokens.make(nora, Wanted("more", namespaces))
    assert [entry.action for entry in AuditEntry.objects.order_by("seq")] == [
        "token.webhook-created",
        *["token.refused"] * 3,
    ]


@pytest.mark.django_db
def test_nobody_revokes_what_is_not_theirs(people: People, ada: Admin) -> None:
    row, _token = webhook_tokens.make(ada, Wanted("all"))
    RoleGrant.objects.create(user=people.nora, role="admin", namespaces="payments-*", decision=99)
    nora = Admin(people.nora, Actor("person", "nora", "password"), Origin("page"))
    for act in (
        lambda: webhook_tokens.revoke(nora, row.pk),
        lambda: webhook_tokens.rotate(nora, row.pk, 1),
    ):
        with pytest.raises(Refused, match="Needs admin"):
            act()
    alice = Admin(people.alice, Actor("person", "alice", "password"), Origin("page"))
    with pytest.raises(Refused, match="no such token"):
        webhook_tokens.revoke(alice, row.pk)
    assert WebhookToken.objects.get().revoked_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (Wanted(""), "name"),
        (Wanted("x" * 101), "name"),
        (Wanted("a", ""), "Namespaces"),
        (Wanted("a", "Payments"), "Namespaces: “Payments”"),
        (Wanted("a", "*", "one two"), "Clusters"),
        (Wanted("a", ",".join(f"n{number}-*" for number in range(400))), "Namespaces"),
        (Wanted("a", days=0), "days"),
        (Wanted("a", days=3651), "days"),
    ],
)
def test_what_cannot_be_is_refused_and_named(ada: Admin, wanted: Wanted, named: str) -> None:
    with pytest.raises(Refused, match=named) as refused:
        webhook_tokens.make(ada, wanted)
    assert refused.value.status == 400
    assert not WebhookToken.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_an_ended_token_proves_nothing_even_from_memory(ada: Admin) -> None:
    row, token = await asyncio.to_thread(webhook_tokens.make, ada, Wanted("short", days=1))
    memory = TokenMemory([])
    try:
        assert await memory.find(token) is not None
        known = memory._known[row.digest]
        memory._known = {row.digest: known._replace(until=timezone.now().timestamp() - 1)}
        assert await memory.find(token) is None
        assert await memory.find("") is None
    finally:
        memory.close()


async def test_without_the_database_nobody_can_tell_but_for_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(token_memory, "_valid", away)
    memory = TokenMemory(["a-token-from-the-settings"])
    try:
        assert await memory.find("a-token-from-the-settings") is not None
        with pytest.raises(DatabaseUnavailable):
            await memory.find("another-token-of-some-length")
    finally:
        memory.close()
