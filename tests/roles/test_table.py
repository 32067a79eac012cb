"""The table: person × page × REST, every cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from gates.models import AuditEntry, RoleGrant
from tests.people.conftest import send
from tests.roles.conftest import EVERYBODY, INSIDE, OUTSIDE, SEES, World

pytestmark = pytest.mark.django_db

# Of entries and grants: which may be seen, by the names that the world gives them.
ENTRIES: dict[str, set[str]] = {
    "nora": set(),
    "victor": {"inside", "outside"},
    "pia": {"inside"},
    "paul": {"inside"},
    "gus": {"inside"},
    "petra": {"inside", "role inside"},
    "alice": {"inside", "outside"},
    "ada": {"inside", "outside", "role inside", "role outside", "everything"},
    "otto": {"inside", "outside", "role inside", "role outside", "everything"},
    "root": {"inside", "outside", "role inside", "role outside", "everything"},
}
GRANTS: dict[str, set[str]] = {
    "petra": {"inside"},
    "ada": {"inside", "outside"},
    "otto": {"inside", "outside"},
    "root": {"inside", "outside"},
}

COLUMNS = ("/", "canary inside", "canary outside", "no canary", "dialog inside", "dialog outside",
           "no dialog", "audit", "entry inside", "entry outside", "roles", "revoke inside", "revoke outside",
           "docs", "admin")  # fmt: skip
PAGES = {
    #          /    in   out  none  d-in d-out d-none log  e-in e-out roles r-in r-out docs admin
    "":       (302, 302, 302, 302,  302, 302, 302,   302, 302, 302,  302, 302, 302,  302, 302),
    "nora":   (403, 403, 403, 403,  403, 403, 403,   403, 403, 403,  403, 403, 403,  403, 403),
    "victor": (200, 200, 200, 404,  403, 403, 403,   200, 200, 200,  403, 403, 403,  200, 403),
    "pia":    (200, 200, 404, 404,  403, 404, 404,   200, 200, 404,  403, 403, 403,  200, 403),
    "paul":   (200, 200, 404, 404,  200, 404, 404,   200, 200, 404,  403, 403, 403,  200, 403),
    "gus":    (200, 200, 404, 404,  200, 404, 404,   200, 200, 404,  403, 403, 403,  200, 403),
    "petra":  (200, 200, 404, 404,  200, 404, 404,   200, 200, 404,  200, 200, 404,  200, 403),
    "alice":  (200, 200, 200, 404,  200, 200, 404,   200, 200, 200,  403, 403, 403,  200, 403),
    "ada":    (200, 200, 200, 404,  200, 200, 404,   200, 200, 200,  200, 200, 200,  200, 200),
    "otto":   (200, 200, 200, 404,  403, 403, 403,   200, 200, 200,  200, 403, 403,  200, 403),
    "root":   (200, 200, 200, 404,  200, 200, 404,   200, 200, 200,  200, 200, 200,  200, 200),
}  # fmt: skip

#              decide in, out, none; grant within, beyond; revoke inside, outside
CHANGES = {
    "":       ("401 401 401", "401 401", "401 401"),
    "nora":   ("403 403 403", "403 403", "403 403"),
    "victor": ("403 403 403", "403 403", "403 403"),
    "pia":    ("403 404 404", "403 403", "403 403"),
    "paul":   ("200 404 404", "403 403", "403 403"),
    "gus":    ("200 404 404", "403 403", "403 403"),
    "petra":  ("200 404 404", "200 403", "200 404"),
    "alice":  ("200 200 404", "403 403", "403 403"),
    "ada":    ("200 200 404", "200 200", "200 200"),
    "otto":   ("403 403 403", "403 403", "403 403"),
    "root":   ("200 200 404", "200 200", "200 200"),
}  # fmt: skip


def addresses(world: World) -> list[str]:
    return [
        "/", f"/canaries/{INSIDE}", f"/canaries/{OUTSIDE}", "/canaries/catalog/nothing",
        f"/canaries/{INSIDE}/hold", f"/canaries/{OUTSIDE}/hold", "/canaries/catalog/nothing/hold",
        "/audit", f"/audit/{world.entries['inside']}", f"/audit/{world.entries['outside']}",
        "/roles", f"/roles/{world.grants['inside']}/revoke", f"/roles/{world.grants['outside']}/revoke",
        "/api/v1/docs/", "/admin/",
    ]  # fmt: skip


@EVERYBODY
def test_who_gets_which_page(world: World, browse: Callable[[str], Client], name: str) -> None:
    client = browse(name)
    answers = {
        column: client.get(address, follow=column == "admin" and bool(name)).status_code
        for column, address in zip(COLUMNS, addresses(world), strict=True)
    }
    assert answers == dict(zip(COLUMNS, PAGES[name], strict=True))


@EVERYBODY
def test_who_sees_which_canaries_on_the_list(
    world: World, browse: Callable[[str], Client], name: str
) -> None:
    page = browse(name).get("/").content.decode()
    assert set(re.findall(r'data-canary="([^"]+)"', page)) == SEES[name]
    if SEES[name]:
        assert f"Waiting for others · {len(SEES[name])}<" in page
        assert re.findall(r'aria-current="true">All (\d+)</a>', page) == [str(len(SEES[name]))]
        assert f"All canaries · {len(SEES[name])}" in page
    for canary in {INSIDE, OUTSIDE} - SEES[name]:
        for text in canary.split("/"):
            assert text not in page


@EVERYBODY
def test_who_sees_which_entries_on_the_page_of_the_log(
    world: World, browse: Callable[[str], Client], name: str
) -> None:
    client = browse(name)
    page = client.get("/audit").content.decode()
    seen = {int(number) for number in re.findall(r'data-entry="(\d+)"', page)}
    assert {what for what, number in world.entries.items() if number in seen} == ENTRIES.get(name, set())
    for what, number in world.entries.items():
        expected = 302 if not name else 403 if name == "nora" else 200 if what in ENTRIES[name] else 404
        assert client.get(f"/audit/{number}").status_code == expected


@EVERYBODY
def test_who_presses_the_buttons(world: World, browse: Callable[[str], Client], name: str) -> None:
    page = browse(name).get(f"/canaries/{INSIDE}").content.decode()
    buttons = re.findall(r"<button[^>]*data-action[^>]*>", page)
    if not SEES[name]:
        assert buttons == []
        return
    dead = [
        button for button in buttons if "Needs approver in payments-eu" in button and "disabled" in button
    ]
    assert len(dead) == (len(buttons) if name in {"victor", "pia", "otto"} else 0)


@EVERYBODY
@pytest.mark.parametrize("way", ["page", "api"])
def test_who_decides(
    world: World, browse: Callable[[str], Client], script: Callable[[str], APIClient], name: str, way: str
) -> None:
    told = []
    for canary in (INSIDE, OUTSIDE, "catalog/nothing"):
        if way == "page":
            status = send(browse(name), f"/canaries/{canary}/hold").status_code
            # A page leads on after a decision, and to the sign-in.
            told.append({302: 200}.get(status, status) if name else {302: 401}[status])
        else:
            told.append(script(name).post(f"/api/v1/canaries/{canary}/hold").status_code)
    assert " ".join(map(str, told)) == CHANGES[name][0]
    held = AuditEntry.objects.filter(action="gate.held").values_list("namespace", "name")
    decided = [canary for canary, status in zip((INSIDE, OUTSIDE), told, strict=False) if status == 200]
    assert sorted("/".join(pair) for pair in held) == sorted(decided)


@EVERYBODY
@pytest.mark.parametrize("way", ["page", "api"])
def test_who_grants_and_revokes(
    world: World, browse: Callable[[str], Client], script: Callable[[str], APIClient], name: str, way: str
) -> None:
    def ask(address: str, **body: Any) -> int:
        if way == "api":
            if "namespaces" in body:
                body["namespaces"] = [body["namespaces"]]
            address = f"/api/v1{address}/"
            return int(script(name).post(address, body, format="json").status_code)
        status: int = send(browse(name), address, **body).status_code
        return {302: 200 if name else 401}.get(status, status)

    wanted = {"role": "approver", "user": "nora"}
    granted = [ask("/roles", **wanted, namespaces=each) for each in ("payments-eu", "*")]
    assert " ".join(map(str, granted)) == CHANGES[name][1]
    assert RoleGrant.objects.filter(user__username="nora").count() == granted.count(200)
    revoked = [ask(f"/roles/{world.grants[side]}/revoke") for side in ("inside", "outside")]
    assert " ".join(map(str, revoked)) == CHANGES[name][2]
    left = RoleGrant.objects.filter(pk__in=world.grants.values()).count()
    assert left == 2 - revoked.count(200)


@EVERYBODY
def test_who_reads_what_over_the_api(world: World, script: Callable[[str], APIClient], name: str) -> None:
    client = script(name)
    refused = {"": 401, "nora": 403}.get(name)

    def read(address: str) -> Any:
        answer = client.get(f"/api/v1/{address}")
        assert answer.status_code == (refused or 200)
        return [] if refused else answer.json()["results"]

    def status(address: str) -> int:
        return int(client.get(f"/api/v1/{address}").status_code)

    assert {f"{each['namespace']}/{each['name']}" for each in read("canaries/")} == SEES[name]
    gates = {each["id"] for each in read("gates/")}
    sides = {"inside": INSIDE, "outside": OUTSIDE}
    assert {side for side, number in world.gates.items() if number in gates} == {
        side for side, canary in sides.items() if canary in SEES[name]
    }
    seen = {each["seq"] for each in read("audit/?limit=500")}
    assert {what for what, number in world.entries.items() if number in seen} == ENTRIES.get(name, set())
    for side, canary in sides.items():
        expected = refused or (200 if canary in SEES[name] else 404)
        assert status(f"canaries/{canary}/") == expected
        assert status(f"gates/{world.gates[side]}/") == expected
    for what, number in world.entries.items():
        assert status(f"audit/{number}/") == (refused or (200 if what in ENTRIES[name] else 404))
    assert status("schema/") == (refused or 200)


@EVERYBODY
def test_who_sees_which_roles(
    world: World, browse: Callable[[str], Client], script: Callable[[str], APIClient], name: str
) -> None:
    page, answer = browse(name).get("/roles"), script(name).get("/api/v1/roles/")
    expected = GRANTS.get(name, set())
    shown = {int(number) for number in re.findall(r'data-role="(\d+)"', page.content.decode())}
    told = {each["id"] for each in answer.json()["results"]} if answer.status_code == 200 else set()
    for seen in (shown, told):
        assert {side for side, number in world.grants.items() if number in seen} == expected
    assert answer.status_code == (200 if expected else 403 if name else 401)
