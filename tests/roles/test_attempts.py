"""Whoever asks for what their role does not allow is refused, and the log has it: once, and for no look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from gates import freezing, webhook_tokens, wording
from gates.access_rights import EVERYTHING
from gates.actions import Subject
from gates.audit import Actor, Origin
from gates.freezing import Caller
from gates.models import AuditEntry
from gates.permissions import read_access
from tests.chain.conftest import problem
from tests.people.conftest import send
from tests.roles.conftest import INSIDE, World, as_root

pytestmark = pytest.mark.django_db

WITHOUT = ("nora", "victor", "pia", "alice", "otto")
REFUSED = ("refused", "role-required")
NEEDS, NO_ROLE = "Needs the role admin.", "Your account has no role here"
GRANT = {"role": "admin", "user": "victor", "namespaces": "*"}


@pytest.fixture
def frozen(world: World) -> tuple[int, int]:
    """A freeze of what pia sees with an exemption, by number."""
    root = Caller(Actor("person", "root"), Origin("page"), EVERYTHING)
    wanted = freezing.Wanted(timezone.now() + timedelta(hours=1), "incident 4711", "payments-eu")
    freeze = freezing.create(wanted, root)
    exempted = freezing.exempt(freeze.pk, Subject("default", *INSIDE.split("/")), root, "this one must")
    return freeze.pk, exempted.pk


def since(before: int) -> list[AuditEntry]:
    """Entries later than that; they have sentences, and the log is sound."""
    found = list(AuditEntry.objects.filter(seq__gt=before).order_by("seq"))
    assert all(entry.action not in wording.sentence(entry, "") for entry in found)
    assert problem() is None
    return found


def head() -> int:
    return AuditEntry.objects.latest("seq").seq


@pytest.mark.parametrize("name", WITHOUT)
def test_a_form_without_the_role_is_one_entry(
    world: World, frozen: tuple[int, int], browse: Callable[[str], Client], name: str
) -> None:
    client, (freeze, exemption) = browse(name), frozen
    webhook = webhook_tokens.make(as_root(), webhook_tokens.Wanted("flagger"))[0].pk
    forms = {
        "/roles": ("role.refused", "role"),
        f"/roles/{world.grants['inside']}/revoke": ("role.refused", "role"),
        "/freezes/new": ("freeze.refused", "freeze"),
        f"/freezes/{freeze}/lift": ("freeze.refused", "freeze"),
        f"/freezes/{freeze}/exempt": ("freeze.refused", "freeze"),
        f"/freezes/{freeze}/exemptions/{exemption}/withdraw": ("freeze.refused", "freeze"),
        "/tokens/new/webhook": ("token.refused", "webhook-token"),
        "/tokens/new/service": ("token.refused", "token"),
        "/notifications/new": ("notification.refused", "notification"),
        "/notifications/1/switch": ("notification.refused", "notification"),
    }
    for address, (action, kind) in forms.items():
        before = head()
        assert client.get(address).status_code in {200, 403, 405}, address
        assert since(before) == []
        answer = send(client, address, **GRANT, reason="because")
        assert answer.status_code == 403, address
        (entry,) = since(before)
        assert (entry.action, entry.kind, entry.actor, entry.via) == (action, kind, name, "page")
        assert (entry.outcome, entry.after["code"]) == REFUSED
        assert entry.after["message"] in answer.content.decode()
        assert (entry.cluster, entry.namespace) == ("", "")
    before = head()
    answer = send(client, f"/tokens/webhook/{webhook}/replace", hours="1")
    # Without any role there is not even a page that could say what is there.
    assert answer.status_code == (403 if name == "nora" else 404)
    (entry,) = since(before)
    assert (entry.action, entry.kind, entry.outcome) == ("token.refused", "webhook-token", "refused")


@pytest.mark.parametrize("name", WITHOUT)
def test_a_script_without_the_role_is_one_entry(
    world: World, frozen: tuple[int, int], script: Callable[[str], APIClient], name: str
) -> None:
    client, (freeze, exemption) = script(name), frozen
    calls: list[tuple[str, str, str]] = [
        ("post", "roles/", "role.refused"),
        ("post", f"roles/{world.grants['inside']}/revoke/", "role.refused"),
        ("post", "freezes/", "freeze.refused"),
        ("post", f"freezes/{freeze}/lift/", "freeze.refused"),
        ("post", f"freezes/{freeze}/exemptions/", "freeze.refused"),
        ("delete", f"freezes/{freeze}/exemptions/{exemption}/", "freeze.refused"),
        ("post", "notification-rules/", "notification.refused"),
        ("delete", "notification-rules/1/", "notification.refused"),
    ]
    for method, address, action in calls:
        before = head()
        answer = getattr(client, method)(f"/api/v1/{address}", GRANT, format="json")
        assert answer.status_code == 403, address
        assert answer.json()["error"]["message"].startswith(NO_ROLE if name == "nora" else NEEDS)
        (entry,) = since(before)
        assert (entry.action, entry.actor, entry.auth, entry.via) == (
            action,
            f"{name} (token)",
            "token",
            "api",
        )
        assert (entry.outcome, entry.after["code"]) == REFUSED
        assert entry.after["message"] == answer.json()["error"]["message"]


def test_what_asks_for_no_change_is_no_entry(
    world: World, browse: Callable[[str], Client], script: Callable[[str], APIClient]
) -> None:
    before, victor = head(), script("victor")
    for method, address in (
        ("get", "roles/"), ("head", "roles/"), ("options", "roles/"), ("put", "roles/"),
        ("get", "notification-rules/"), ("post", "freezes/preview/"), ("patch", "freezes/1/"),
    ):  # fmt: skip
        getattr(victor, method)(f"/api/v1/{address}")
    script("").post("/api/v1/roles/", GRANT, format="json")
    send(browse(""), "/roles", **GRANT)
    browse("victor").post("/roles", GRANT)  # without the form's own token
    assert since(before) == []


def test_whoever_tried_does_not_read_it_and_admins_do(world: World, browse: Callable[[str], Client]) -> None:
    assert send(browse("victor"), "/roles", **GRANT).status_code == 403
    number = head()
    assert not read_access(world.user("victor")).entries().filter(seq=number).exists()
    for reader in ("ada", "otto"):
        page = browse(reader).get(f"/audit/{number}").content.decode()
        assert "victor asked to grant or revoke a role, which was refused: Needs the role" in page


def test_a_refused_admin_of_some_namespaces_is_still_one_entry(
    world: World, browse: Callable[[str], Client], script: Callable[[str], APIClient]
) -> None:
    before = head()
    fields: dict[str, Any] = {"role": "admin", "user": "victor", "reason": "because"}
    assert send(browse("petra"), "/roles", **fields, namespaces="*").status_code == 403
    assert (
        script("petra").post("/api/v1/roles/", fields | {"namespaces": ["*"]}, format="json").status_code
        == 403
    )
    assert [entry.action for entry in since(before)] == ["role.refused"] * 2
