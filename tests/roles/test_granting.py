"""Granting and revoking: through the door, within what one administers, each with its entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from rest_framework.test import APIClient

from gates import roles, wording
from gates.asked_for import Refused
from gates.audit import Actor, Origin
from gates.models import AuditEntry, RoleGrant
from gates.permissions import read_access
from gates.roles import Admin, Wanted
from tests.people.conftest import send
from tests.roles.conftest import World, as_root, give

pytestmark = pytest.mark.django_db


def as_petra(world: World) -> Admin:
    """An admin of payments-*."""
    return Admin(world.user("petra"), Actor("person", "petra"), Origin("page"))


def test_each_pattern_is_a_grant_with_an_entry_that_says_everything(world: World) -> None:
    entries = roles.grant(as_root("new team"), Wanted("approver", "payments-eu, catalog,", user="nora"))
    assert [entry.namespace for entry in entries] == ["catalog", "payments-eu"]
    for entry in entries:
        row = RoleGrant.objects.get(decision=entry.seq)
        assert (entry.action, entry.outcome, entry.actor, entry.reason) == (
            "role.granted", "changed", "root", "new team",
        )  # fmt: skip
        assert entry.after == {"role": "approver", "user": "nora", "namespaces": row.namespaces}
        assert (entry.name, entry.kind, entry.cluster) == ("nora", "role", "")
    ended = roles.revoke(as_root("left"), RoleGrant.objects.get(namespaces="payments-eu").pk)
    assert (ended.action, ended.decision, ended.reason) == ("role.revoked", entries[1].seq, "left")
    assert ended.before == entries[1].after
    assert not RoleGrant.objects.filter(namespaces="payments-eu").exists()


def test_entries_about_roles_are_sentences(world: World) -> None:
    granted = roles.grant(as_root(), Wanted("approver", "pay*", group="payments-people"))[0]
    assert wording.sentence(granted, "") == "root made the group payments-people approver in pay*"
    again = roles.grant(as_root(), Wanted("approver", "pay*", group="payments-people"))[0]
    assert "which was so already" in wording.sentence(again, "")
    ended = roles.revoke(as_root(), RoleGrant.objects.get(namespaces="pay*").pk)
    assert wording.sentence(ended, "") == "root took the role approver in pay* from the group payments-people"


def test_what_is_held_already_is_entered_and_kept_once(world: World) -> None:
    first = roles.grant(as_root(), Wanted("viewer", "catalog", user="nora"))[0]
    again = roles.grant(as_root(), Wanted("viewer", "catalog", user="nora"))[0]
    assert (again.outcome, again.decision) == ("unchanged", first.seq)
    assert RoleGrant.objects.filter(user__username="nora").count() == 1


@pytest.mark.parametrize(
    ("namespaces", "allowed"),
    [
        ("payments-eu", True), ("payments-*", True), ("payments-*-test", True), ("payments-?", True),
        ("*", False), ("pay*", False), ("payments*", False), ("catalog", False), ("?ayments-eu", False),
        ("payments-eu, catalog", False), ("**", False), ("payments-eu, *", False),
    ],
)  # fmt: skip
def test_an_admin_of_some_namespaces_grants_within_them_only(
    world: World, namespaces: str, allowed: bool
) -> None:
    before = (RoleGrant.objects.count(), AuditEntry.objects.exclude(outcome="refused").count())
    if allowed:
        assert roles.grant(as_petra(world), Wanted("admin", namespaces, user="nora"))
        return
    with pytest.raises(Refused) as refused:
        roles.grant(as_petra(world), Wanted("admin", namespaces, user="nora"))
    assert (refused.value.code, refused.value.status) == ("role-required", 403)
    assert refused.value.message.startswith("Needs admin in ")
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.outcome, entry.actor) == ("role.refused", "refused", "petra")
    assert (RoleGrant.objects.count(), AuditEntry.objects.exclude(outcome="refused").count()) == before


def test_a_grant_that_reaches_further_is_seen_and_not_revoked(world: World, browse: Any) -> None:
    number = give("viewer", "*", user="nora")
    page = browse("petra").get("/roles").content.decode()
    assert f'data-role="{number}"' in page
    assert "Needs admin in *" in page
    with pytest.raises(Refused) as refused:
        roles.revoke(as_petra(world), number)
    assert refused.value.status == 403
    assert RoleGrant.objects.filter(pk=number).exists()


def test_rights_are_read_at_the_door(world: World) -> None:
    petra = as_petra(world)
    assert read_access(petra.user).administers("payments-eu")
    roles.revoke(as_root(), RoleGrant.objects.get(user__username="petra").pk)
    with pytest.raises(Refused):
        roles.grant(petra, Wanted("viewer", "payments-eu", user="nora"))
    give("admin", "payments-*", user="petra")
    User.objects.filter(username="petra").update(is_active=False)
    with pytest.raises(Refused):
        roles.grant(petra, Wanted("viewer", "payments-eu", user="nora"))


def test_a_grant_for_everything_is_a_role_everywhere_and_no_way_into_the_admin(
    world: World, browse: Callable[[str], Client]
) -> None:
    give("admin", "*", user="nora")
    access = read_access(world.user("nora"))
    assert access.administers_everything
    assert access.everything
    assert browse("nora").get("/roles").status_code == 200
    assert browse("nora").get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted("owner", "*", user="nora"), "role-unknown"),
        (Wanted("viewer", "", user="nora"), "namespaces-required"),
        (Wanted("viewer", " , ", user="nora"), "namespaces-required"),
        (Wanted("viewer", "Payments", user="nora"), "namespaces-unreadable"),
        (Wanted("viewer", "pay[ab]", user="nora"), "namespaces-unreadable"),
        (Wanted("viewer", "a\x00", user="nora"), "namespaces-unreadable"),
        (Wanted("viewer", "a" * 254, user="nora"), "namespaces-unreadable"),
        (Wanted("viewer", ",".join(f"n{n}" for n in range(51)), user="nora"), "namespaces-too-many"),
        (Wanted("viewer", "*"), "holder-required"),
        (Wanted("viewer", "*", user="nora", group="viewer"), "holder-required"),
        (Wanted("viewer", "*", user="nobody"), "no-such-person"),
        (Wanted("viewer", "*", group="nobody"), "no-such-group"),
    ],
)
@pytest.mark.parametrize("way", ["door", "page", "api"])
def test_what_cannot_be_granted_is_said(
    world: World,
    browse: Callable[[str], Client],
    script: Callable[[str], APIClient],
    wanted: Wanted,
    code: str,
    way: str,
) -> None:
    before = AuditEntry.objects.exclude(outcome="refused").count()
    body = {"role": wanted.role, "user": wanted.user, "group": wanted.group}
    if way == "door":
        with pytest.raises(Refused) as refused:
            roles.grant(as_root(), wanted)
        assert (refused.value.code, refused.value.status) == (code, 400)
    elif way == "page":
        answer = send(browse("root"), "/roles", **body, namespaces=wanted.namespaces)
        assert answer.status_code == 400
        assert 'class="error"' in answer.content.decode()
    else:
        body = {name: value for name, value in body.items() if value}
        asked = {**body, "namespaces": wanted.namespaces.split(",")}
        answer = script("root").post("/api/v1/roles/", asked, format="json")
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]
    assert AuditEntry.objects.exclude(outcome="refused").count() == before


@pytest.mark.parametrize("number", [0, 999999, 10**30])
def test_a_grant_that_is_not_there_is_not_found(
    browse: Callable[[str], Client], script: Callable[[str], APIClient], number: int
) -> None:
    assert browse("root").get(f"/roles/{number}/revoke").status_code == 404
    assert send(browse("root"), f"/roles/{number}/revoke").status_code == 404
    assert script("root").post(f"/api/v1/roles/{number}/revoke/").status_code == 404


def test_the_page_works_without_a_script_and_says_who_granted_what(
    world: World, browse: Callable[[str], Client]
) -> None:
    client = browse("petra")
    form = {"role": "approver", "group": "catalog-people", "namespaces": "payments-eu", "reason": "on call"}
    assert send(client, "/roles", **form)["Location"] == "/roles"
    row = RoleGrant.objects.get(namespaces="payments-eu")
    page = client.get("/roles").content.decode()
    assert f"/roles/{row.pk}/revoke" in page
    assert "petra, <time" in page
    assert "catalog-people" in client.get(f"/roles/{row.pk}/revoke").content.decode()
    assert send(client, f"/roles/{row.pk}/revoke", reason="off call")["Location"] == "/roles"
    assert AuditEntry.objects.get(action="role.revoked").reason == "off call"
    assert client.get("/roles").content.decode().count(f'data-role="{row.pk}"') == 0


def test_pages_of_roles_follow_each_other(world: World, script: Callable[[str], APIClient]) -> None:
    for number in range(5):
        give("viewer", f"many-{number}", user="nora")
    client, seen, address = script("ada"), list[int](), "/api/v1/roles/?limit=2"
    while address:
        body = client.get(address).json()
        seen += [each["id"] for each in body["results"]]
        address = body["next"]
    assert seen == list(RoleGrant.objects.order_by("id").values_list("pk", flat=True))
    petra = script("petra").get("/api/v1/roles/?limit=5").json()
    assert petra["next"] is None
    assert len(petra["results"]) == 5


def test_a_token_grants_as_its_owner_and_the_log_says_so(
    world: World, script: Callable[[str], APIClient]
) -> None:
    body = {"role": "viewer", "user": "nora", "namespaces": ["payments-eu", "payments-us"], "reason": "CI"}
    numbers = script("petra").post("/api/v1/roles/", body, format="json").json()["entries"]
    assert {entry.actor for entry in AuditEntry.objects.filter(seq__in=numbers)} == {"petra (token)"}
    assert read_access(world.user("nora")).viewing == ("payments-eu", "payments-us")


@pytest.mark.parametrize("what", ["user", "group"])
def test_roles_end_with_the_account_or_group_and_the_log_says_so(
    world: World, browse: Callable[[str], Client], what: str
) -> None:
    holder: Any = world.user("paul") if what == "user" else Group.objects.get(name="payments-people")
    grant = RoleGrant.objects.get(**{what: holder})
    assert send(browse("root"), f"/admin/auth/{what}/{holder.pk}/delete/", post="yes").status_code == 302
    entry = AuditEntry.objects.get(action="role.revoked")
    assert (entry.actor_kind, entry.decision, entry.namespace) == ("system", grant.decision, "payments-*")
    assert wording.reason(entry) == "The account or group was removed."
    assert not RoleGrant.objects.filter(pk=grant.pk).exists()


@pytest.mark.parametrize("name", ["ada", "root"])
def test_the_admin_is_no_way_around_the_door(
    world: World, browse: Callable[[str], Client], name: str
) -> None:
    client, base = browse(name), "/admin/gates/rolegrant/"
    before = list(RoleGrant.objects.values())
    number = world.grants["inside"]
    assert client.get(base).status_code == 200
    fields = {"user": world.user("nora").pk, "role": "admin", "namespaces": "*", "decision": 99}
    for address in (f"{base}add/", f"{base}{number}/change/", f"{base}{number}/delete/"):
        assert send(client, address, post="yes", **fields).status_code == 403
    send(client, base, action="delete_selected", _selected_action=str(number), post="yes")
    assert list(RoleGrant.objects.values()) == before


def test_the_last_superuser_stays(world: World, browse: Callable[[str], Client]) -> None:
    root, client = world.user("root"), browse("root")
    base = f"/admin/auth/user/{root.pk}"
    form = {"username": "root", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
            "last_login_0": "", "last_login_1": ""}  # fmt: skip
    for ticks in ({"is_superuser": "on"}, {"is_active": "on"}):
        answer = send(client, f"{base}/change/", **form, **ticks)
        assert "This is the last active superuser" in answer.content.decode()
    assert send(client, f"{base}/delete/", post="yes").status_code == 403
    everybody = [str(user.pk) for user in User.objects.filter(is_superuser=True)]
    ask = {"action": "delete_selected", "_selected_action": everybody, "post": "yes"}
    assert send(client, "/admin/auth/user/", **ask).status_code == 403
    root.refresh_from_db()
    assert root.is_superuser
    assert root.is_active
    User.objects.create(username="second", is_superuser=True)
    assert send(client, f"{base}/change/", **form, is_active="on").status_code == 302
    root.refresh_from_db()
    assert not root.is_superuser
