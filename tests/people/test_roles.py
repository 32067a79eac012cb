"""The whole table: who may do what, every cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from rest_framework.test import APIClient

from dashboard.store import Store
from gates import permissions
from gates.decisions import Act
from gates.models import AuditEntry, Gate
from tests.api.test_reading import touch
from tests.people.conftest import send
from tests.support.people import People

pytestmark = pytest.mark.django_db

PAGES = ("/", "/canaries/payments/checkout", "/audit", "/audit/1", "/api/v1/docs/")
READS = ("canaries/", "canaries/payments/checkout/", "gates/", "gates/1/", "audit/", "audit/1/", "schema/")
DECISIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("approve", {}),
    ("hold", {}),
    ("rollback", {"reason": "errors"}),
    ("close", {"kind": "gate"}),
)
ADMIN = (
    "/admin/", "/admin/auth/user/", "/admin/auth/group/", "/admin/knox/authtoken/",
    "/admin/axes/accessattempt/", "/admin/gates/gate/", "/admin/gates/auditentry/",
    "/admin/gates/rolegrant/",
)  # fmt: skip

#             pages  API reads  decide (page)  decide (API)  admin
TABLE = {
    "":       (302,  401,       302,           401,          302),
    "nora":   (403,  403,       403,           403,          403),
    "victor": (200,  200,       403,           403,          403),
    "alice":  (200,  200,       302,           200,          403),
    "ada":    (200,  200,       302,           200,          200),
    "root":   (200,  200,       302,           200,          200),
}  # fmt: skip
EVERYBODY = pytest.mark.parametrize("name", TABLE)


@EVERYBODY
@pytest.mark.parametrize("page", PAGES)
def test_who_sees_a_page(browse: Callable[[str], Client], store: Store, name: str, page: str) -> None:
    touch(Act.OPEN)
    answer = browse(name).get(page)
    assert answer.status_code == TABLE[name][0]
    if not name:
        assert answer["Location"].startswith("/sign-in?next=/")


@EVERYBODY
@pytest.mark.parametrize("address", READS)
def test_who_reads_over_the_api(
    browse: Callable[[str], Client], store: Store, name: str, address: str
) -> None:
    touch(Act.OPEN)
    client = browse(name)
    address = address.replace("gates/1/", f"gates/{Gate.objects.get().pk}/")
    assert client.get(f"/api/v1/{address}").status_code == TABLE[name][1]


@EVERYBODY
@pytest.mark.parametrize(("action", "body"), DECISIONS)
def test_who_decides_in_the_browser(
    browse: Callable[[str], Client], store: Store, name: str, action: str, body: dict[str, str]
) -> None:
    client = browse(name)
    answer = send(client, f"/canaries/payments/checkout/{action}", **body)
    assert answer.status_code == TABLE[name][2], answer.content
    decided = name in {"alice", "ada", "root"}
    assert AuditEntry.objects.exclude(outcome="refused").count() == decided
    if not name:
        assert answer["Location"].startswith("/sign-in")
    if decided:
        entry = AuditEntry.objects.get()
        assert (entry.actor_kind, entry.actor, entry.via) == ("person", name, "page")


@EVERYBODY
@pytest.mark.parametrize("action", [action for action, _body in DECISIONS])
def test_who_opens_the_dialog_of_a_decision(
    browse: Callable[[str], Client], store: Store, name: str, action: str
) -> None:
    expected = 200 if name in {"alice", "ada", "root"} else TABLE[name][2]
    assert browse(name).get(f"/canaries/payments/checkout/{action}").status_code == expected


@EVERYBODY
@pytest.mark.parametrize(("action", "body"), DECISIONS)
def test_who_decides_over_the_api(
    people: People,
    store: Store,
    as_token: Callable[[Any], APIClient],
    name: str,
    action: str,
    body: dict[str, str],
) -> None:
    client = APIClient()
    if name:
        user = getattr(people, name, None) or User.objects.create(username="root", is_superuser=True)
        client = as_token(user)
    answer = client.post(f"/api/v1/canaries/payments/checkout/{action}", body, format="json")
    assert answer.status_code == TABLE[name][3], answer.content
    assert AuditEntry.objects.exclude(outcome="refused").count() == (TABLE[name][3] == 200)


@EVERYBODY
@pytest.mark.parametrize("page", ADMIN)
def test_who_administers(browse: Callable[[str], Client], name: str, page: str) -> None:
    answer = browse(name).get(page, follow=bool(name))
    assert answer.status_code == TABLE[name][4]


@pytest.mark.parametrize(
    ("name", "view", "decide", "administer"),
    [
        ("nora", False, False, False),
        ("victor", True, False, False),
        ("alice", True, True, False),
        ("ada", True, True, True),
    ],
)
def test_the_functions_say_the_same(
    people: People, name: str, view: bool, decide: bool, administer: bool
) -> None:
    user = getattr(people, name)
    access = permissions.access_of(user)
    for namespace in ("payments", "", "one that is to come"):
        said = (access.views(namespace), access.decides(namespace), access.administers(namespace))
        assert said == (view, decide, administer)
    assert permissions.may_administer(user) is administer


@pytest.mark.parametrize("name", ["alice", "ada"])
def test_who_is_deactivated_may_nothing_at_once(
    browse: Callable[[str], Client],
    people: People,
    store: Store,
    as_token: Callable[[Any], APIClient],
    name: str,
) -> None:
    client, script = browse(name), as_token(getattr(people, name))
    User.objects.filter(username=name).update(is_active=False)
    assert client.get("/audit").status_code == 302
    assert script.get("/api/v1/gates/").status_code == 401
    assert script.post("/api/v1/canaries/payments/checkout/hold").status_code == 401


def test_who_loses_the_role_may_nothing_at_once(browse: Callable[[str], Client], people: People) -> None:
    client = browse("victor")
    people.victor.groups.clear()
    assert client.get("/audit").status_code == 403


def test_hand_made_changes_of_a_role_are_undone_by_the_next_migration(people: People) -> None:
    viewers = Group.objects.get(name="viewer")
    viewers.permissions.add(Permission.objects.get(codename="decide_gate"))
    permissions.ensure_roles()
    victor = User.objects.get(username="victor")
    assert not victor.has_perm("gates.decide_gate")
    assert not permissions.access_of(victor).decides("payments")
