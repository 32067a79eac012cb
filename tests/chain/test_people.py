"""Signing in and out, accounts, groups, tokens and settings: each change is an entry, without secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from knox.models import AuthToken

from dashboard import settings_entry
from gates import log_entries, sign_ins, wording
from gates.models import AuditEntry
from gates.sign_ins import Bound
from tests.chain.conftest import problem
from tests.people.conftest import browse, send  # noqa: F401
from tests.support.people import PASSWORD, People

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests got wrong does not count."""
    monkeypatch.setattr(sign_ins, "_bound", Bound())


def last() -> AuditEntry:
    """The newest entry; it has a sentence, and the log is sound."""
    entry = AuditEntry.objects.latest("seq")
    assert entry.action not in wording.sentence(entry, "")
    assert problem() is None
    return entry


def test_signing_in_and_out_are_entries(people: People) -> None:
    client = Client(enforce_csrf_checks=True, headers={"user-agent": "a browser"})
    answer = send(client, "/sign-in", username="victor", password=PASSWORD)
    entry = last()
    assert (entry.action, entry.actor_kind, entry.actor) == ("signin.succeeded", "person", "victor")
    assert (entry.auth, entry.via, entry.source) == ("password", "page", "127.0.0.1")
    assert (entry.user_agent, entry.request_id) == ("a browser", answer["X-Request-ID"])
    send(client, "/sign-out")
    entry = last()
    assert (entry.action, entry.actor, entry.outcome) == ("signin.ended", "victor", "changed")
    send(client, "/sign-out")
    assert AuditEntry.objects.count() == 2


def test_a_refused_sign_in_is_an_entry_without_the_password(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    send(client, "/sign-in", username="victor", password="wrong-secret")
    entry = last()
    assert (entry.action, entry.outcome, entry.actor, entry.auth) == (
        "signin.failed",
        "refused",
        "victor",
        "",
    )
    send(client, "/sign-in", username="victor", password="")
    assert AuditEntry.objects.count() == 1
    for _time in range(6):
        send(client, "/sign-in", username="victor", password="wrong-secret")
    assert last().after["locked_out"] is True
    assert "wrong-secret" not in json.dumps(list(AuditEntry.objects.values()), default=str)


def test_failed_attempts_do_not_fill_the_log(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    for number in range(sign_ins.MOST + 5):
        send(client, "/sign-in", username=f"guess{number}", password="x")
    assert AuditEntry.objects.count() == sign_ins.MOST
    assert "not entered" in last().after["further_attempts"]


def test_the_bound_is_for_one_address_and_a_time() -> None:
    bound = Bound()
    assert [bound.take("a", 0.0) for _time in range(sign_ins.MOST + 1)][-3:] == [2, 1, 0]
    assert bound.take("b", 1.0) == sign_ins.MOST
    assert bound.take("a", sign_ins.WINDOW) == sign_ins.MOST


def change(client: Client, user: User, **fields: Any) -> None:
    """Save the person's form with these fields."""
    values = {"username": user.username, "is_active": "on", "date_joined_0": "2026-01-01"}
    values |= {"date_joined_1": "00:00:00", **fields}
    answer = send(client, f"/admin/auth/user/{user.pk}/change/", **values)
    assert answer.status_code == 302


def test_a_changed_account_says_what_changed(browse: Browse, people: People) -> None:  # noqa: F811
    group = Group.objects.get(name="approver")
    change(browse("ada"), people.nora, groups=str(group.pk), first_name="Nora")
    entry = last()
    assert (entry.action, entry.kind, entry.name, entry.actor) == ("person.changed", "person", "nora", "ada")
    assert entry.before == {"groups": [], "first_name": ""}
    assert entry.after == {"groups": ["approver"], "first_name": "Nora"}
    change(browse("ada"), people.nora, groups=str(group.pk), first_name="Nora")
    assert AuditEntry.objects.count() == 1


def test_accounts_are_made_get_passwords_and_are_removed(browse: Browse, people: People) -> None:  # noqa: F811
    client, password = browse("ada"), "a long pass phrase"
    fields = {"username": "zoe", "password1": password, "password2": password, "usable_password": "true"}
    assert send(client, "/admin/auth/user/add/", **fields).status_code == 302
    entry = last()
    assert (entry.action, entry.name, entry.after["username"]) == ("person.created", "zoe", "zoe")
    zoe = User.objects.get(username="zoe")
    other = {
        "password1": "another pass phrase",
        "password2": "another pass phrase",
        "usable_password": "true",
    }
    assert (
        send(client, f"/admin/auth/user/{zoe.pk}/password/", **other, **{"set-password": "1"}).status_code
        == 302
    )
    assert (last().action, last().after) == ("person.changed", {"password": "changed"})
    assert send(client, f"/admin/auth/user/{zoe.pk}/delete/", post="yes").status_code == 302
    entry = last()
    assert (entry.action, entry.name, entry.before["is_active"]) == ("person.removed", "zoe", True)
    ticked = {"action": "delete_selected", "_selected_action": str(people.nora.pk), "post": "yes"}
    send(client, "/admin/auth/user/", **ticked)
    assert (last().action, last().name) == ("person.removed", "nora")
    told = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert "pass phrase" not in told
    assert "md5$" not in told


def test_ones_own_password_is_an_entry_like_anothers(browse: Browse, people: People) -> None:  # noqa: F811
    client, fields = browse("ada"), {"old_password": PASSWORD, "new_password1": "a new phrase of mine"}
    assert client.get("/admin/password_change/").status_code == 200
    assert send(client, "/admin/password_change/", **fields, new_password2="another one").status_code == 200
    wrong = fields | {"old_password": "wrong", "new_password2": "a new phrase of mine"}
    assert send(client, "/admin/password_change/", **wrong).status_code == 200
    assert not AuditEntry.objects.exists()
    answer = send(client, "/admin/password_change/", **fields, new_password2="a new phrase of mine")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/password_change/done/")
    entry = last()
    assert (entry.action, entry.kind, entry.name, entry.actor) == ("person.changed", "person", "ada", "ada")
    assert (entry.before, entry.after) == ({"password": "another"}, {"password": "changed"})
    assert (entry.auth, entry.via) == ("password", "page")
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.count() == 1


def test_a_password_whose_entry_cannot_be_written_stays(
    browse: Browse,  # noqa: F811
    people: People,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_arguments: Any, **_more: Any) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(log_entries, "enter", away)
    client, other = browse("ada"), "a new phrase of mine"
    client.raise_request_exception = False
    fields = {"old_password": PASSWORD, "new_password1": other, "new_password2": other}
    assert send(client, "/admin/password_change/", **fields).status_code == 503
    people.ada.refresh_from_db()
    assert people.ada.check_password(PASSWORD)


def test_the_admins_own_sign_out_is_an_entry(browse: Browse, people: People) -> None:  # noqa: F811
    client = browse("ada")
    answer = send(client, "/admin/logout/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in")
    entry = last()
    assert (entry.action, entry.actor, entry.name, entry.auth) == ("signin.ended", "ada", "ada", "password")
    assert client.get("/audit").status_code == 302
    send(client, "/admin/logout/")
    assert AuditEntry.objects.count() == 1


def test_a_change_that_is_refused_is_no_entry(browse: Browse, people: People) -> None:  # noqa: F811
    browse("root")
    root = User.objects.get(username="root")
    send(browse("root"), f"/admin/auth/user/{root.pk}/delete/", post="yes")
    assert not AuditEntry.objects.exists()


def test_groups_are_entries(browse: Browse, people: People) -> None:  # noqa: F811
    client = browse("ada")
    send(client, "/admin/auth/group/add/", name="oncall")
    group = Group.objects.get(name="oncall")
    assert (last().action, last().after) == ("group.created", {"name": "oncall", "permissions": []})
    send(client, f"/admin/auth/group/{group.pk}/change/", name="on-call")
    assert (last().action, last().before, last().after) == (
        "group.changed",
        {"name": "oncall"},
        {"name": "on-call"},
    )
    send(client, f"/admin/auth/group/{group.pk}/delete/", post="yes")
    assert (last().action, last().name) == ("group.removed", "on-call")


def test_tokens_are_entries_without_the_token(browse: Browse, people: People) -> None:  # noqa: F811
    client, out = browse("ada"), StringIO()
    send(client, "/admin/knox/authtoken/add/", user=str(people.alice.pk))
    made = AuthToken.objects.get()
    entry = last()
    assert (entry.action, entry.name, entry.after["key"]) == ("token.created", "alice", made.token_key)
    assert made.digest not in json.dumps(entry.after)
    send(client, f"/admin/knox/authtoken/{made.pk}/delete/", post="yes")
    assert (last().action, last().name, last().actor) == ("token.revoked", "alice", "ada")
    call_command("token", "alice", stdout=out)
    entry = last()
    assert (entry.action, entry.actor_kind, entry.actor) == ("token.created", "system", "manage.py")
    assert out.getvalue().strip() not in json.dumps(entry.after)


def test_other_settings_are_an_entry_without_secrets(settings: Any) -> None:
    settings.WEBHOOK_TOKENS = ["a-token-of-twenty-five-ch"]
    settings.AUDIT_CHECKPOINT_TO = ["https://user:hunter2@siem.example/in?key=hunter2", "stdout"]
    first = settings_entry.enter()
    assert first
    assert first.after["settings"]["AUDIT_CHECKPOINT_TO"][0].startswith("https://siem.example/in (")
    assert settings_entry.enter() is None
    settings.WEBHOOK_AUTH, settings.WEBHOOK_TOKENS = "token", ["b-token-of-twenty-five-ch"]
    second = settings_entry.enter()
    assert second
    assert second.after["changed"] == ["WEBHOOK_AUTH", "WEBHOOK_TOKENS"]
    assert second.before["WEBHOOK_AUTH"] == "open"
    assert last() == second
    told = json.dumps([first.after, second.after, second.before])
    assert "hunter2" not in told
    assert "of-twenty" not in told
