"""API tokens: what they may do ends where the account's rights end, and where their own do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from gates import access_rights, api_tokens, token_uses
from gates.access_rights import EVERYTHING, NOBODY, Access
from gates.api_tokens import Wanted
from gates.asked_for import Refused
from gates.audit import Actor, Origin
from gates.models import AuditEntry, RoleGrant, TokenScope
from gates.roles import Admin
from tests.api.conftest import source, store  # noqa: F401
from tests.support.people import People

pytestmark = pytest.mark.django_db


def door(user: User) -> Admin:
    return Admin(user, Actor("person", user.username, "password"), Origin("page"))


def script(token: str) -> APIClient:
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def seen(client: APIClient) -> set[str]:
    answer = client.get("/api/v1/canaries/")
    assert answer.status_code == 200, answer.content
    return {row["namespace"] for row in answer.json()["results"]}


def approve(client: APIClient, namespace: str, name: str) -> Any:
    body = {"revision": "r1", "reason": "tested"}
    return client.post(f"/api/v1/canaries/{namespace}/{name}/approve/", body, format="json")


@pytest.mark.usefixtures("store")
def test_a_token_sees_only_its_namespaces(people: People) -> None:
    _row, token = api_tokens.make(door(people.alice), Wanted("reader", "viewer", "payments"))
    assert seen(script(token)) == {"payments"}
    assert approve(script(token), "catalog", "search").status_code == 404
    answer = approve(script(token), "payments", "checkout")
    assert (answer.status_code, "approver" in answer.json()["error"]["message"]) == (403, True)
    _row, whole = api_tokens.make(door(people.alice), Wanted("all"))
    assert seen(script(whole)) == {"payments", "catalog"}
    assert approve(script(whole), "payments", "checkout").status_code not in {401, 403, 404}


@pytest.mark.usefixtures("store")
def test_a_token_loses_what_its_person_loses(people: People) -> None:
    _row, token = api_tokens.make(door(people.alice), Wanted("a", "approver", "payments"))
    people.alice.groups.clear()
    assert script(token).get("/api/v1/canaries/").status_code == 403
    RoleGrant.objects.create(user=people.alice, role="viewer", namespaces="*", decision=1)
    assert script(token).get("/api/v1/canaries/").status_code == 200
    assert approve(script(token), "payments", "checkout").status_code == 403
    people.alice.is_active = False
    people.alice.save()
    assert script(token).get("/api/v1/canaries/").status_code == 401


def test_nobody_makes_a_token_for_more_than_they_hold(people: People) -> None:
    for user, role, namespaces in (
        (people.victor, "approver", "payments"),
        (people.alice, "admin", "*"),
        (people.alice, "auditor", "*"),
        (people.nora, "viewer", "payments"),
    ):
        with pytest.raises(Refused, match="Needs"):
            api_tokens.make(door(user), Wanted("more", role, namespaces))
    assert not AuthToken.objects.exists()
    assert {entry.action for entry in AuditEntry.objects.all()} == {"token.refused"}


def test_a_token_grants_no_role_beyond_its_own(people: People) -> None:
    _row, token = api_tokens.make(door(people.ada), Wanted("narrow", "admin", "payments"))
    for namespaces, status in (("payments", 200), ("catalog", 403), ("*", 403)):
        body = {"role": "viewer", "user": "nora", "namespaces": [namespaces]}
        answer = script(token).post("/api/v1/roles/", body, format="json")
        assert (answer.status_code, namespaces) == (status, namespaces), answer.content
    assert list(RoleGrant.objects.values_list("namespaces", flat=True)) == ["payments"]


def test_an_ended_and_a_revoked_token_are_refused(people: People) -> None:
    row, token = api_tokens.make(door(people.alice), Wanted("ends", days=1))
    other, revoked = api_tokens.make(door(people.alice), Wanted("revoked"))
    assert script(token).get("/api/v1/gates/").status_code == 200
    AuthToken.objects.filter(pk=row.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    assert script(token).get("/api/v1/gates/").status_code == 401
    assert AuthToken.objects.filter(pk=row.pk).exists()
    api_tokens.revoke(door(people.alice), other.token_key)
    assert script(revoked).get("/api/v1/gates/").status_code == 401
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.actor, entry.name) == ("token.revoked", "alice", "alice")
    assert entry.before["name"] == "revoked"
    assert revoked not in repr(list(AuditEntry.objects.values()))


def test_people_revoke_their_own_tokens_and_admins_any(people: People) -> None:
    row, _token = api_tokens.make(door(people.alice), Wanted("mine"))
    for user in (people.victor, people.nora):
        with pytest.raises(Refused, match="no such token"):
            api_tokens.revoke(door(user), row.token_key)
    api_tokens.revoke(door(people.ada), row.token_key)
    assert not AuthToken.objects.exists()


@pytest.mark.usefixtures("store")
def test_a_service_has_an_account_that_nobody_signs_in_to(people: People) -> None:
    _row, token = api_tokens.make_for_service(door(people.ada), Wanted("deploy", "approver", "payments"))
    account = User.objects.get(username="service.deploy")
    assert not account.has_usable_password()
    assert seen(script(token)) == {"payments"}
    people.ada.delete()
    assert seen(script(token)) == {"payments"}
    assert [entry.action for entry in AuditEntry.objects.order_by("seq")] == [
        "person.created",
        "role.granted",
        "token.created",
    ]
    RoleGrant.objects.all().delete()
    assert script(token).get("/api/v1/canaries/").status_code == 403


def test_an_admin_of_some_namespaces_makes_services_there_only(people: People) -> None:
    RoleGrant.objects.create(user=people.nora, role="admin", namespaces="payments-*", decision=1)
    with pytest.raises(Refused, match="Needs admin"):
        api_tokens.make_for_service(door(people.nora), Wanted("deploy", "viewer", "catalog"))
    assert not User.objects.filter(username="service.deploy").exists()
    row, _token = api_tokens.make_for_service(door(people.nora), Wanted("deploy", "viewer", "payments-eu"))
    api_tokens.revoke(door(people.nora), row.token_key)


def test_a_service_never_takes_a_persons_account(people: People) -> None:
    User.objects.create_user("service.deploy", password="of a person")
    with pytest.raises(Refused, match=r"service\.deploy"):
        api_tokens.make_for_service(door(people.ada), Wanted("deploy", "viewer", "*"))
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize("name", ["", "Deploy", "a b", "-a", "x" * 64, "../a", "é"])
def test_a_service_has_a_plain_name(people: People, name: str) -> None:
    with pytest.raises(Refused, match="deploy-pipeline"):
        api_tokens.make_for_service(door(people.ada), Wanted(name, "viewer", "*"))


def test_the_last_use_is_noted_and_never_goes_back(people: People) -> None:
    row, token = api_tokens.make(door(people.alice), Wanted("used"))
    scope = TokenScope.objects.get(token=row)
    assert scope.last_used_at is None
    script(token).get("/api/v1/gates/")
    assert (token_uses.API, scope.pk) in token_uses._noted
    at = timezone.now()
    api_tokens.touch(scope.pk, at)
    api_tokens.touch(scope.pk, at - timedelta(minutes=5))
    assert TokenScope.objects.get(token=row).last_used_at == at


PAYMENTS = Access(("payments-*",), ("payments-*",), ())


@pytest.mark.parametrize(
    ("held", "role", "namespaces", "left"),
    [
        (EVERYTHING, "viewer", "catalog", Access(("catalog",))),
        (EVERYTHING, "", "catalog", Access(("catalog",), ("catalog",), ("catalog",))),
        (EVERYTHING, "auditor", "*", Access(("*",), auditing=True)),
        (EVERYTHING, "auditor", "catalog", NOBODY),
        (EVERYTHING, "no-such-role", "catalog", NOBODY),
        (PAYMENTS, "", "*", PAYMENTS),
        (PAYMENTS, "admin", "*", PAYMENTS),
        (PAYMENTS, "approver", "payments-eu, catalog", Access(("payments-eu",), ("payments-eu",))),
        (PAYMENTS, "viewer", "*-eu", NOBODY),
        (NOBODY, "", "*", NOBODY),
        (Access(("*",), auditing=True), "auditor", "*", Access(("*",), auditing=True)),
        (Access(("*",), auditing=True), "viewer", "*", Access(("*",))),
    ],
)
def test_narrowing_never_widens(held: Access, role: str, namespaces: str, left: Access) -> None:
    assert held.narrowed(role, namespaces) == left
    assert access_rights.NOBODY.narrowed(role, namespaces) == NOBODY
