"""The table's last column: person × websocket. What nobody may see is in no snapshot, count or hint."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import Group
from django.test import Client

from dashboard import publisher, websocket
from dashboard.canary import parse
from dashboard.publisher import Publisher
from dashboard.store import CANARY, Reach, Store
from gates import decisions, heartbeat, roles
from gates.access_rights import Access
from gates.audit import Actor, Origin
from gates.decisions import Act, Change
from gates.keys import GateKey
from gates.models import AuditEntry
from tests.api.conftest import manifest
from tests.pages.live import Page
from tests.roles.conftest import (
    BACKEND,
    BOTH,
    EVERYBODY,
    INSIDE,
    ONE,
    OUTSIDE,
    SEES,
    World,
    as_root,
    give,
    populate,
)
from tests.roles.test_auditor import everything

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = {"": websocket.SIGNED_OUT, "nora": websocket.NO_ROLE}
DECIDING = ("paul", "gus", "petra", "alice", "ada", "root")
RESTRICTED = ("pia", "paul", "gus", "petra")


@pytest.fixture
def crowd(transactional_db: None, store: Store) -> Iterator[World]:
    """Everybody, with real transactions; both canaries wait at a closed gate."""
    heartbeat.forget()
    made = populate()
    for canary in BOTH:
        key = GateKey("gate", "default", *canary.split("/"))
        decisions.apply([Change(Act.CLOSE, key, Actor("webhook", "a script"), Origin("webhook"))])
    yield made
    heartbeat.forget()


@pytest.fixture
async def running(crowd: World, store: Store) -> AsyncIterator[Publisher]:
    """The publisher of the store, on the test's event loop."""
    made = Publisher(store)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Roles are looked at again at once."""
    monkeypatch.setattr(websocket, "PING", 0.05)
    monkeypatch.setattr(websocket, "RECHECK", 0.05)


def browser(world: World, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(world.user(name), BACKEND)
    return client


async def visit(world: World, name: str, address: str) -> Page:
    page = Page(await database_sync_to_async(browser)(world, name), address)
    assert await page.open()
    return page


def canaries(content: str) -> set[str]:
    return set(re.findall(r'data-canary="([^"]+)"', content))


def put(store: Store, canary: str, phase: str) -> None:
    namespace, name = canary.split("/")
    store.apply(CANARY, [parse("default", manifest(namespace, name, phase))])


@EVERYBODY
async def test_who_gets_which_snapshot(running: Publisher, crowd: World, name: str) -> None:
    addresses = {
        "/ws/?list=": SEES[name],
        f"/ws/?canary={INSIDE}": SEES[name] & {INSIDE},
        f"/ws/?canary={OUTSIDE}": SEES[name] & {OUTSIDE},
        "/ws/": set(),
    }
    for address, expected in addresses.items():
        page = await visit(crowd, name, address)
        if name in REFUSED:
            assert await page.closed() == REFUSED[name]
            continue
        first = await page.next()
        assert canaries(first.get("content", "")) == expected
        mine = SEES[name] if name in DECIDING else frozenset()
        assert set(first["mine"]) == mine
        assert first["waiting"] == len(mine)
        await page.close()


@EVERYBODY
async def test_who_hears_of_which_change(
    running: Publisher, crowd: World, store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in REFUSED:
        page = await visit(crowd, name, "/ws/?list=")
        assert await page.closed() == REFUSED[name]
        return
    hinted: set[str] = set()
    hear = websocket.Live.hint

    async def heard(self: Any, message: dict[str, Any]) -> None:
        hinted.update("/".join(key) for key in message["keys"])
        await hear(self, message)

    monkeypatch.setattr(websocket.Live, "hint", heard)
    page = await visit(crowd, name, "/ws/?list=")
    await page.next()
    # First what may be hidden: whatever is heard of it has been heard when the second one arrives.
    put(store, OUTSIDE, "Failed")
    put(store, INSIDE, "Promoting")
    await page.until('data-phase="Promoting"')
    assert hinted == SEES[name]
    told = "".join(message.get("content", "") for message in page.seen)
    assert canaries(told) == SEES[name]
    assert ("catalog" in told, "finder" in told) == (OUTSIDE in SEES[name],) * 2
    assert page.seen[-1]["waiting"] == 0
    await page.close()


@pytest.mark.parametrize("name", RESTRICTED)
async def test_a_hidden_canary_is_told_of_like_one_that_never_was(
    running: Publisher, crowd: World, store: Store, name: str
) -> None:
    said = []
    for canary in (OUTSIDE, "catalog/nobody"):
        page = await visit(crowd, name, f"/ws/?canary={canary}")
        first = await page.next()
        put(store, OUTSIDE, "Failed" if canary == OUTSIDE else "Succeeded")
        store.set_freshness(Reach.STALE)
        stale = await page.next()
        store.set_freshness(Reach.LIVE)
        await page.close()
        texts = [
            message.get("content", "").replace(canary.split("/")[1], "NAME") for message in (first, stale)
        ]
        said.append([re.sub(r'datetime="[^"]+">[^<]+', "", text) for text in texts])
    assert said[0] == said[1]


async def test_a_namespace_that_comes_later_is_followed(
    running: Publisher, crowd: World, store: Store
) -> None:
    page = await visit(crowd, "paul", "/ws/?list=")
    await page.next()
    put(store, "payments-new/ledger", "Waiting")
    assert "payments-new/ledger" in canaries((await page.until("ledger"))["content"])
    assert set(page.seen[-1]["mine"]) == ONE | {"payments-new/ledger"}
    await page.close()


async def test_only_who_sees_everything_is_in_the_group_of_all(running: Publisher) -> None:
    everything, some = Access(viewing=("*",)), Access(viewing=("payments-*",))
    of_all = publisher.group("default", None)
    assert running.join(everything, None) == of_all
    for namespace in (None, "catalog", ""):
        assert running.join(some, namespace) not in {of_all, publisher.group("default", namespace)}
    assert running.join(some, "payments-eu") == publisher.group("default", "payments-eu")
    other = Access(viewing=("catalog", "payments-*"))
    assert running.join(other, None) != running.join(some, None)


def revoke(number: int) -> None:
    roles.revoke(as_root(), number)


@pytest.mark.parametrize("address", ["/ws/?list=", f"/ws/?canary={INSIDE}"])
async def test_a_revoked_grant_empties_open_pages(
    running: Publisher, crowd: World, quick: None, address: str
) -> None:
    number = await database_sync_to_async(give)("approver", "catalog", user="pia")
    page = await visit(crowd, "pia", address)
    first = await page.next()
    assert INSIDE in canaries(first["content"])
    assert first["mine"] == [OUTSIDE]
    await database_sync_to_async(revoke)(crowd.grants["inside"])
    gone = await page.until("No such canary" if "canary=" in address else 'id="rows"')
    assert INSIDE not in canaries(gone["content"])
    assert gone["mine"] == [OUTSIDE]
    await database_sync_to_async(revoke)(number)
    assert await page.closed() == websocket.NO_ROLE


async def test_a_grant_fills_open_pages_and_brings_the_buttons(
    running: Publisher, crowd: World, quick: None
) -> None:
    page = await visit(crowd, "pia", "/ws/?list=")
    assert canaries((await page.next())["content"]) == ONE
    await database_sync_to_async(give)("approver", "cat*", user="pia")
    wide = await page.until("finder")
    assert canaries(wide["content"]) == BOTH
    cards = dict(re.findall(r'<li id="card:([^"]+)"(.*?)</li>', wide["content"], re.DOTALL))
    assert "Needs approver in payments-eu" in cards[INSIDE]
    assert "Needs approver" not in cards[OUTSIDE]
    await page.close()


async def test_who_joins_a_group_sees_what_the_group_sees(
    running: Publisher, crowd: World, quick: None
) -> None:
    def join(name: str) -> None:
        crowd.user("pia").groups.add(Group.objects.get(name=name))

    page = await visit(crowd, "pia", f"/ws/?canary={OUTSIDE}")
    assert canaries((await page.next())["content"]) == set()
    await database_sync_to_async(join)("catalog-people")
    assert canaries((await page.until("data-canary"))["content"]) == {OUTSIDE}
    await page.close()


async def test_a_page_without_live_content_is_loaded_again_when_roles_change(
    running: Publisher, crowd: World, quick: None
) -> None:
    page = await visit(crowd, "pia", "/ws/")
    await page.next()
    await database_sync_to_async(give)("viewer", "catalog", user="pia")
    assert await page.closed() == websocket.NO_ROLE


async def test_two_who_see_different_things_never_share_a_drawing(running: Publisher, crowd: World) -> None:
    lists = {}
    for name in ("root", "pia", "alice", "petra", "pia", "root"):
        page = await visit(crowd, name, "/ws/?list=")
        lists[name] = (await page.next())["content"]
        assert canaries(lists[name]) == SEES[name]
        await page.close()
    assert "Needs approver" in lists["pia"]
    assert "Needs approver" not in lists["petra"] + lists["root"] + lists["alice"]


async def test_nothing_that_an_auditor_sends_changes_anything(running: Publisher, crowd: World) -> None:
    page = await visit(crowd, "otto", "/ws/?list=")
    await page.next()
    before = await database_sync_to_async(everything)()
    last = await database_sync_to_async(AuditEntry.objects.count)()
    for said in (
        "approve", "hidden", "visible", "?q=x", f"/canaries/{INSIDE}/hold",
        json.dumps({"action": "hold", "canary": INSIDE}),
        json.dumps({"HEADERS": {}, "body": {"action": "approve"}}),
    ):  # fmt: skip
        await page.say(said)
    await page.next()
    await page.close()
    assert await database_sync_to_async(everything)() == before
    assert await database_sync_to_async(AuditEntry.objects.count)() == last
