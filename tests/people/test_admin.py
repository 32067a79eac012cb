"""/admin/: people, roles and tokens; gates and entries to look at only; no way up for an administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from knox.models import AuthToken

from gates.admin import ReadOnly
from gates.decisions import Act
from gates.models import AuditEntry, Gate
from tests.api.test_reading import touch
from tests.people.conftest import send
from tests.support.log import unguarded
from tests.support.people import People

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["ada", "root"])
@pytest.mark.parametrize("model", ["gate", "auditentry"])
def test_nobody_changes_gates_or_entries_by_hand(
    browse: Callable[[str], Client], name: str, model: str
) -> None:
    touch(Act.OPEN)
    number = AuditEntry.objects.get().seq if model == "auditentry" else Gate.objects.get().pk
    before = (list(AuditEntry.objects.values()), list(Gate.objects.values()))
    client, base = browse(name), f"/admin/gates/{model}/"
    page = client.get(f"{base}{number}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert client.get(f"{base}add/").status_code == 403
    assert client.get(f"{base}{number}/delete/").status_code == 403
    for address in (f"{base}add/", f"{base}{number}/change/", f"{base}{number}/delete/"):
        assert send(client, address, post="yes", reason="edited", open="", name="edited").status_code == 403
    send(client, base, action="delete_selected", _selected_action=str(number), post="yes")
    assert (list(AuditEntry.objects.values()), list(Gate.objects.values())) == before


def test_every_model_of_the_gates_is_read_only_in_the_admin() -> None:
    for model in apps.get_app_config("gates").get_models():
        if admin.site.is_registered(model):
            assert isinstance(admin.site.get_model_admin(model), ReadOnly)


@pytest.mark.parametrize("name", ["ada", "root"])
def test_nobody_lifts_a_lock_by_hand(browse: Callable[[str], Client], name: str) -> None:
    for _time in range(settings.AXES_FAILURE_LIMIT):
        send(Client(enforce_csrf_checks=True), "/sign-in", username="victor", password="wrong")
    client, base, number = browse(name), "/admin/axes/accessattempt/", AccessAttempt.objects.get().pk
    last = AuditEntry.objects.count()
    assert b"victor" in client.get(base).content
    assert b'name="_save"' not in client.get(f"{base}{number}/change/").content
    for address in (f"{base}add/", f"{base}{number}/change/", f"{base}{number}/delete/"):
        assert send(client, address, post="yes", failures_since_start="0").status_code == 403
    for action in ("delete_selected", "cleanup_expired_attempts"):
        send(client, base, action=action, _selected_action=str(number), post="yes")
    assert AccessAttempt.objects.get().failures_since_start == settings.AXES_FAILURE_LIMIT
    assert AuditEntry.objects.count() == last
    for model in (AccessAttempt, AccessLog, AccessFailureLog):
        assert isinstance(admin.site.get_model_admin(model), ReadOnly)


def test_an_administrator_gives_a_role(browse: Callable[[str], Client], people: People) -> None:
    client = browse("ada")
    group = Group.objects.get(name="viewer")
    answer = _change(client, people.nora, groups=str(group.pk))
    assert answer.status_code == 302
    assert list(people.nora.groups.all()) == [group]


def test_an_administrator_makes_nobody_a_superuser(browse: Callable[[str], Client], people: People) -> None:
    client = browse("ada")
    right = Permission.objects.get(codename="delete_auditentry")
    answer = _change(
        client, people.ada, is_superuser="on", is_staff="on", user_permissions=str(right.pk), first_name="Ada"
    )
    assert answer.status_code == 302
    ada = User.objects.get(username="ada")
    assert ada.first_name == "Ada"
    assert not ada.is_superuser
    assert not ada.user_permissions.exists()


def test_an_administrator_cannot_take_over_a_superuser(browse: Callable[[str], Client]) -> None:
    browse("root")
    root, client = User.objects.get(username="root"), browse("ada")
    base = f"/admin/auth/user/{root.pk}"
    assert client.get(f"{base}/password/").status_code == 403
    assert send(client, f"{base}/password/", password1="x" * 12, password2="x" * 12).status_code == 403
    assert _change(client, root, username="mine").status_code == 403
    assert send(client, f"{base}/delete/", post="yes").status_code == 403
    send(client, "/admin/auth/user/", action="delete_selected", _selected_action=str(root.pk), post="yes")
    assert User.objects.filter(username="root", is_superuser=True).exists()


def test_a_token_is_made_shown_once_and_works(browse: Callable[[str], Client], people: People) -> None:
    client = browse("ada")
    page = send(
        client,
        "/admin/knox/authtoken/add/",
        user=str(people.victor.pk),
        expiry_0="",
        expiry_1="",
    )
    assert page.status_code == 302
    shown = client.get(page["Location"]).content.decode()
    token = shown.split("TOKEN ")[1][:64]
    assert client.get("/admin/knox/authtoken/").content.decode().count(token) == 0
    script = Client(HTTP_AUTHORIZATION=f"Token {token}")
    assert script.get("/api/v1/gates/").status_code == 200


def test_an_administrator_makes_no_token_for_a_superuser(browse: Callable[[str], Client]) -> None:
    browse("root")
    root = User.objects.get(username="root")
    send(browse("ada"), "/admin/knox/authtoken/add/", user=str(root.pk), expiry_0="", expiry_1="")
    assert not AuthToken.objects.exists()


def test_the_entries_of_a_removed_person_stay(browse: Callable[[str], Client], people: People) -> None:
    touch(Act.OPEN)
    seq = AuditEntry.objects.get().seq
    people.alice.delete()
    assert browse("victor").get(f"/audit/{seq}").status_code == 200


def test_the_token_command_prints_a_token_that_ends(people: People) -> None:
    out = StringIO()
    call_command("token", "alice", "--days", "2", stdout=out)
    token = out.getvalue().strip()
    row = AuthToken.objects.get()
    assert row.expiry - row.created > timedelta(days=1.9)
    assert token not in (row.digest, row.token_key)
    script = Client(HTTP_AUTHORIZATION=f"Token {token}")
    assert script.get("/api/v1/gates/").status_code == 200
    AuthToken.objects.update(expiry=row.created)
    assert script.get("/api/v1/gates/").status_code == 401


@pytest.mark.parametrize(
    ("arguments", "named"), [(["nobody"], "nobody"), (["alice", "--days", "0"], "--days 0")]
)
def test_the_token_command_says_what_is_wrong(people: People, arguments: list[str], named: str) -> None:
    with pytest.raises(CommandError, match=named):
        call_command("token", *arguments)


def test_the_audit_command_proves_the_log_and_names_the_first_bad_entry(db: None) -> None:
    out = StringIO()
    touch(Act.OPEN)
    touch(Act.CLOSE)
    touch(Act.OPEN)
    call_command("audit", "verify", stdout=out)
    assert "sound: 3 entries" in out.getvalue()
    unguarded()
    AuditEntry.objects.filter(seq=2).update(reason="edited")
    with pytest.raises(CommandError, match="entry 2") as failed:
        call_command("audit", "verify")
    assert failed.value.returncode == 1


def _change(client: Client, user: User, **fields: str) -> Any:
    """Save the person's form with these fields."""
    values = {
        "username": user.username,
        "is_active": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        "last_login_0": "",
        "last_login_1": "",
        "_save": "Save",
    }
    return send(client, f"/admin/auth/user/{user.pk}/change/", **(values | fields))
