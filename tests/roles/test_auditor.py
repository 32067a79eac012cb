"""An auditor reads everything and changes nothing, at whatever address and in whatever way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core import serializers
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from rest_framework.test import APIClient

from dashboard.interventions.acts import OFFERED
from gates import freezing, roles
from gates.access_rights import EVERYTHING
from gates.actions import Subject
from gates.asked_for import Refused
from gates.audit import Actor, Origin
from gates.freezing import Caller
from gates.models import AuditEntry
from gates.permissions import read_access
from gates.roles import Wanted
from tests.people.conftest import send
from tests.roles.conftest import INSIDE, NAMES, World, as_root, give

pytestmark = pytest.mark.django_db

NAMESPACE, NAME = INSIDE.split("/")
CANARY = {"namespace": NAMESPACE, "name": NAME}
DECISIONS = ("approve", "hold", "rollback", "close", "comment")
METHODS = ("post", "put", "patch", "delete")
# What is the reader's own: the session, and the views that they save for themselves.
OWN = {"sign-in", "sign-out", "audit-views", "audit-view"}
# Files that an answer holds open until it is read to its end.
FILES = {"audit-verifier"}
# Tables that say who looked, not what is.
ASIDE = {"sessions", "admin", "axes", "knox"}


def addresses(world: World, freeze: int, exemption: int) -> dict[str, list[str]]:
    """Every address of Aviary's own by its name, about something that is there."""
    entry, grant, gate = world.entries["inside"], world.grants["inside"], world.gates["inside"]
    parts: dict[str, list[dict[str, Any]]] = {
        "canary": [CANARY], "api-canary": [CANARY],
        "decide": [CANARY | {"action": each} for each in DECISIONS],
        "intervene": [CANARY | {"action": each} for each in OFFERED],
        "api-decision": [CANARY | {"action": each} for each in DECISIONS],
        "revoke-role": [{"number": grant}], "api-revoke-role": [{"number": grant}],
        "lift-freeze": [{"number": freeze}], "exempt-canary": [{"number": freeze}],
        "withdraw-exemption": [{"number": freeze, "exemption": exemption}],
        "api-freeze": [{"number": freeze}], "api-lift-freeze": [{"number": freeze}],
        "api-exemptions": [{"number": freeze}],
        "api-exemption": [{"number": freeze, "exemption": exemption}],
        "api-gate": [{"number": gate}],
    }  # fmt: skip
    parts |= {f"api-{act}": [CANARY] for act in OFFERED}
    found: dict[str, list[str]] = {}
    for name, arguments in named(get_resolver()):
        default = [dict.fromkeys(arguments, entry)]
        found[name] = [reverse(name, kwargs=each) for each in parts.get(name, default)]
    return found


def named(resolver: URLResolver) -> Iterator[tuple[str, set[str]]]:
    """Every address with a name outside Django's admin, with its arguments."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from named(pattern)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name, set(pattern.pattern.regex.groupindex)


def address_of_api(address: str) -> bool:
    """Takes tokens."""
    return address.startswith("/api/") and not address.endswith("/docs/")


def everything() -> dict[str, str]:
    """All rows of all tables but the log, which may tell of what was refused."""
    models = [each for each in apps.get_models() if each._meta.app_label not in ASIDE]
    return {
        model._meta.label: serializers.serialize("json", model._default_manager.order_by("pk"))
        for model in models
        if not model._meta.label.startswith("gates.Audit")
    }


@pytest.fixture
def frozen(world: World) -> tuple[int, int]:
    """A freeze with an exemption, by number."""
    root = Caller(Actor("person", "root"), Origin("page"), EVERYTHING)
    wanted = freezing.Wanted(timezone.now() + timedelta(hours=1), "incident 4711", "payments-*")
    freeze = freezing.create(wanted, root)
    exempted = freezing.exempt(freeze.pk, Subject("default", NAMESPACE, NAME), root, "this one must")
    return freeze.pk, exempted.pk


def bodies() -> list[dict[str, Any]]:
    """What would change something, if sent by somebody who may."""
    later = (timezone.now() + timedelta(hours=2)).isoformat()
    return [
        {"reason": "because"},
        {"role": "admin", "user": "otto", "namespaces": "*", "reason": "because"},
        {"role": "admin", "user": "otto", "namespaces": ["*"], "reason": "because"},
        {"namespaces": "*", "ends_at": later, "reason": "because", "step": "confirm"},
        {"namespaces": "*", "ends_at": later, "reason": "because"},
        {**CANARY, "reason": "because"},
        {"canary": INSIDE, "action": "hold", "reason": "because"},
    ]


@pytest.mark.parametrize("way", ["page", "api"])
def test_no_address_changes_anything_for_an_auditor(
    world: World,
    frozen: tuple[int, int],
    browse: Callable[[str], Client],
    script: Callable[[str], APIClient],
    way: str,
) -> None:
    client: Client = browse("otto") if way == "page" else script("otto")
    before, last = everything(), AuditEntry.objects.count()
    for name, found in addresses(world, *frozen).items():
        if name in OWN or address_of_api(found[0]) != (way == "api"):
            continue
        for address in found:
            readable = name not in FILES and client.get(address).status_code == 200
            for method, body in product(METHODS if way == "api" else ("post",), bodies()):
                if way == "page":
                    status = send(client, address, **body).status_code
                else:
                    status = getattr(client, method)(address, body, format="json").status_code
                # A page that only reads answers a POST as it answers a GET; 400: it names nothing to change.
                refused = {400, 403, 404, 405} | ({200} if readable and way == "page" else set())
                assert status in refused, (name, method, status)
    assert everything() == before
    since = AuditEntry.objects.filter(seq__gt=last).exclude(action="export.made")
    assert set(since.values_list("outcome", flat=True)) <= {"refused"}


def test_the_same_requests_change_things_for_who_may(
    world: World, frozen: tuple[int, int], browse: Callable[[str], Client]
) -> None:
    client, before = browse("ada"), everything()
    for name in ("decide", "roles", "revoke-role", "new-freeze", "withdraw-exemption", "lift-freeze"):
        for address in addresses(world, *frozen)[name]:
            for body in bodies():
                if body.get("user") != "otto" or name == "roles":
                    send(client, address, **body)
    after = everything()
    changed = {label for label in before if before[label] != after[label]}
    assert changed >= {"gates.Gate", "gates.RoleGrant", "gates.Freeze", "gates.Exemption"}


def test_nothing_of_the_admin_opens_for_an_auditor(world: World, browse: Callable[[str], Client]) -> None:
    client = browse("otto")
    person = world.user("victor").pk
    for address in (
        "/admin/", "/admin/auth/user/", "/admin/auth/user/add/", f"/admin/auth/user/{person}/change/",
        f"/admin/auth/user/{person}/delete/", "/admin/knox/authtoken/add/", "/admin/gates/auditentry/",
    ):  # fmt: skip
        assert client.get(address, follow=True).status_code == 403
        assert send(client, address, username="x").status_code == 302
    assert not read_access(world.user("otto")).administers_anything


def test_an_auditor_reads_every_page_and_every_list(
    world: World, browse: Callable[[str], Client], script: Callable[[str], APIClient]
) -> None:
    pages = ("/", f"/canaries/{INSIDE}", "/releases", "/releases/stats", "/freezes", "/audit", "/roles")
    for address in pages:
        assert browse("otto").get(address).status_code == 200, address
    for name in ("canaries", "gates", "approvals", "audit", "freezes", "releases"):
        assert script("otto").get(f"/api/v1/{name}/").status_code == 200, name


def test_the_roles_page_shows_who_holds_what_and_no_form(
    world: World, browse: Callable[[str], Client]
) -> None:
    page = browse("otto").get("/roles").content.decode()
    for text in ("payments-people", "catalog-people", "<dt>superuser</dt><dd>root</dd>", ">Roles</a>"):
        assert text in page
    assert 'name="role"' not in page
    assert "Revoke…" not in page
    assert "Everywhere, by group" not in browse("petra").get("/roles").content.decode()


def test_the_group_makes_an_auditor_everywhere(world: World, browse: Callable[[str], Client]) -> None:
    world.user("nora").groups.add(Group.objects.get(name="auditor"))
    access = read_access(world.user("nora"))
    assert (access.audits, access.everything, access.deciding, access.administering) == (True, True, (), ())
    assert access.entries().count() == AuditEntry.objects.count()
    page = browse("nora").get("/").content.decode()
    assert '<p class="dim">may read the whole log</p>' in page


def test_the_role_is_for_the_whole_log_or_not_at_all(world: World) -> None:
    with pytest.raises(Refused) as refused:
        roles.grant(as_root(), Wanted("auditor", "payments-*", user="nora"))
    assert (refused.value.code, refused.value.status) == ("auditor-everywhere", 400)
    with pytest.raises(Refused) as refused:
        roles.grant(
            roles.Admin(world.user("petra"), Actor("person", "petra"), Origin("page")),
            Wanted("auditor", "*", user="petra"),
        )
    assert refused.value.status == 403
    assert not read_access(world.user("petra")).audits


def test_other_roles_beside_it_give_what_they_give(world: World) -> None:
    give("approver", "payments-*", user="otto")
    access = read_access(world.user("otto"))
    assert access.decides(NAMESPACE)
    assert not access.decides("catalog")
    assert access.audits


def test_who_is_no_auditor_reads_no_more_than_before(world: World) -> None:
    audits = {name for name in NAMES if name and read_access(world.user(name)).audits}
    assert audits == {"ada", "otto", "root"}
