"""The live connection: who gets one, the snapshot, numbered changes, gaps, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.test import Client

from dashboard import publisher, websocket
from dashboard.publisher import Publisher
from dashboard.store import Reach, Store, Trouble
from gates import decisions, heartbeat
from gates.audit import Actor, Origin
from gates.decisions import Act, Change
from gates.keys import DEFAULT_CLUSTER, GATE, GateKey
from tests.pages.live import Page
from tests.support import views
from tests.support.html import elements, one
from tests.support.people import People

pytestmark = pytest.mark.django_db(transaction=True)
KEY = GateKey(GATE, DEFAULT_CLUSTER, "test", "waiting")
OPEN = Change(Act.OPEN, KEY, Actor("person", "alice"), Origin("page"))
CLOSE = Change(Act.CLOSE, KEY, Actor("person", "alice"), Origin("page"))


@pytest.fixture(autouse=True)
def unasked() -> Iterator[None]:
    """What Flagger asked is forgotten with each test."""
    heartbeat.forget()
    yield
    heartbeat.forget()


async def test_first_comes_everything_that_the_page_shows(running: Publisher, approver: Client) -> None:
    page = Page(approver)
    assert await page.open()
    first = await page.next()
    assert (first["seq"], first["live"], first["waiting"]) == (1, "live", 1)
    rows = elements(first["content"], "data-canary", tag="tr")
    assert [row["data-canary"] for row in rows] == ["test/waiting", "test/rising", "other/calm"]
    await page.close()


async def test_a_change_is_one_row_with_the_next_number(
    running: Publisher, store: Store, viewer: Client
) -> None:
    page = Page(viewer)
    await page.open()
    await page.next()
    views.put(store, views.canary("rising", weight=50, failed=2))
    change = await page.until("test/rising")
    assert change["seq"] == len(page.seen)
    row = one(change["content"], "data-canary")
    assert (row["id"], row["hx-swap-oob"], row["data-weight"]) == ("row:test/rising", "outerMorph", "50")
    await page.close()


async def test_a_hidden_page_is_left_alone_and_catches_up_when_it_is_looked_at(
    running: Publisher, store: Store, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "HIDDEN_PAUSE", 3600.0)
    monkeypatch.setattr(websocket, "PING", 0.2)
    page = Page(viewer)
    await page.open()
    await page.next()
    await page.look(away=True)
    await page.next()
    views.put(store, views.canary("rising", weight=50))
    for _each in range(3):
        # It is told how fresh everything is, all the same.
        assert "content" not in await page.next()
    await page.look(away=False)
    assert one((await page.until("test/rising"))["content"], "data-canary")["data-weight"] == "50"
    await page.close()


async def test_the_row_is_the_same_as_the_one_of_the_first_paint(
    running: Publisher, store: Store, viewer: Client
) -> None:
    page = Page(viewer)
    await page.open()
    await page.next()
    views.put(store, views.canary("rising", weight=50))
    pushed = (await page.until("test/rising"))["content"]
    painted = await database_sync_to_async(lambda: viewer.get("/").content.decode())()
    row = pushed.replace(' hx-swap-oob="outerMorph"', "").removeprefix("<table><tbody>")
    assert row.removesuffix("</tbody></table>") in painted
    await page.close()


async def test_what_happens_between_joining_and_reading_arrives(
    running: Publisher, store: Store, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined = asyncio.Event()
    layer = get_channel_layer()
    add = layer.group_add

    async def slow(group: str, channel: str) -> None:
        await add(group, channel)
        views.put(store, views.canary("rising", weight=50))
        joined.set()
        await asyncio.sleep(0.1)

    monkeypatch.setattr(layer, "group_add", slow)
    page = Page(viewer)
    await page.open()
    first = await page.next()
    assert joined.is_set()
    assert one(first["content"], "id", "row:test/rising")["data-weight"] == "50"
    await page.close()


async def test_rows_that_are_not_shown_are_not_sent(running: Publisher, store: Store, viewer: Client) -> None:
    page = Page(viewer, "/ws/?list=&q=ns:other")
    await page.open()
    await page.next()
    views.put(store, views.canary("rising", weight=50))
    views.put(store, views.canary("calm", "other", "Succeeded", failed=1))
    await page.until("other/calm")
    assert not any("test/rising" in message.get("content", "") for message in page.seen[1:])
    await page.close()


async def test_a_gap_in_the_numbers_brings_everything_again(running: Publisher, viewer: Client) -> None:
    page = Page(viewer)
    await page.open()
    await page.next()
    group = publisher.group(DEFAULT_CLUSTER, None)
    running.numbers[group] += 5
    running.store.set_freshness(Reach.LIVE, Trouble.NONE, "something else")
    again = await page.until("test/rising")
    assert len(elements(again["content"], "data-canary", tag="tr")) == 3
    await page.close()


async def test_a_new_order_is_a_new_list(running: Publisher, store: Store, approver: Client) -> None:
    page = Page(approver)
    await page.open()
    await page.next()
    views.put(store, views.canary("calm", "other", "Waiting"))
    content = (await page.until('id="rows"'))["content"]
    assert elements(content, "data-canary", tag="tr")[0]["data-canary"] == "other/calm"
    assert one(content, "data-canary", "other/calm", tag="li")["data-waiting"] == "confirm-rollout"
    assert page.seen[-1]["waiting"] == 2
    await page.close()


async def test_a_deleted_canary_leaves_the_list(running: Publisher, store: Store, viewer: Client) -> None:
    page = Page(viewer)
    await page.open()
    await page.next()
    store.apply("Canary", drop=[("test", "rising")])
    content = (await page.until('id="rows"'))["content"]
    assert "test/rising" not in content
    await page.close()


async def test_a_stale_cluster_is_said_at_once(running: Publisher, store: Store, viewer: Client) -> None:
    page = Page(viewer, "/ws/")
    await page.open()
    await page.next()
    store.set_freshness(Reach.STALE, Trouble.UNREACHABLE)
    stale = await page.next()
    assert (stale["live"], stale["since"]) == ("stale", store.freshness.since.isoformat())
    store.set_freshness(Reach.LIVE)
    assert (await page.next())["live"] == "live"
    await page.close()


async def test_a_decision_shows_on_the_list_and_on_the_canarys_page(
    running: Publisher, viewer: Client
) -> None:
    everything, alone = Page(viewer), Page(viewer, "/ws/?canary=test/waiting")
    for page in (everything, alone):
        await page.open()
        await page.next()
    await database_sync_to_async(decisions.apply)([OPEN])
    card = (await everything.until("card:test/waiting"))["content"]
    assert "Opened by alice" in card
    detail = (await alone.until('id="sec-switches"'))["content"]
    assert one(detail, "data-switch", GATE)["data-open"] == "true"
    for page in (everything, alone):
        await page.close()


async def test_a_decision_of_another_process_is_found_in_the_log(
    running: Publisher, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(viewer)
    await page.open()
    await page.next()
    # The signal stays in the process that decided.
    monkeypatch.setattr("gates.decisions.decided.send_robust", lambda **_arguments: [])
    await database_sync_to_async(decisions.apply)([OPEN])
    await page.until("Opened by alice")
    await database_sync_to_async(decisions.apply)([CLOSE])
    closed = await page.until("card:test/waiting")
    assert "Opened by" not in closed["content"]
    await page.close()


async def test_flaggers_questions_reach_the_row(running: Publisher, store: Store, viewer: Client) -> None:
    page = Page(viewer)
    await page.open()
    await page.next()
    view = store.get("test", "waiting")
    assert view is not None
    heartbeat.record(KEY, view.observed_at, False)
    row = await page.until("row:test/waiting")
    assert "asked" in row["content"]
    await page.close()


async def test_nobody_without_a_session_is_let_in(running: Publisher, client: Client) -> None:
    page = Page(client)
    await page.open()
    assert await page.closed() == websocket.SIGNED_OUT


async def test_a_role_is_needed(running: Publisher, stranger: Client) -> None:
    page = Page(stranger)
    await page.open()
    assert await page.closed() == websocket.NO_ROLE


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://testserver.evil.example", ""])
async def test_a_foreign_origin_is_refused(running: Publisher, viewer: Client, origin: str) -> None:
    assert not await Page(viewer, origin=origin).open()


async def test_other_addresses_are_refused(running: Publisher, viewer: Client) -> None:
    assert not await Page(viewer, "/ws/more").open()


async def test_signing_out_ends_it(
    running: Publisher, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PING", 0.05)
    monkeypatch.setattr(websocket, "RECHECK", 0.05)
    page = Page(viewer)
    await page.open()
    await page.next()
    await database_sync_to_async(viewer.logout)()
    assert await page.closed() == websocket.SIGNED_OUT


async def test_losing_the_role_ends_it(
    running: Publisher, people: People, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PING", 0.05)
    monkeypatch.setattr(websocket, "RECHECK", 0.05)
    page = Page(viewer)
    await page.open()
    await page.next()
    await database_sync_to_async(people.victor.groups.clear)()
    assert await page.closed() == websocket.NO_ROLE


async def test_it_speaks_even_when_nothing_happens(
    running: Publisher, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PING", 0.05)
    page = Page(viewer)
    await page.open()
    numbers = [(await page.next())["seq"] for _ in range(4)]
    assert numbers == [1, 2, 3, 4]
    assert "content" not in page.seen[-1]
    await page.close()


async def test_before_the_first_list_nothing_is_called_live(viewer: Client) -> None:
    starting = Store(DEFAULT_CLUSTER, "")
    with views.shown(starting):
        made = Publisher(starting)
        await made.start()
        page = Page(viewer)
        await page.open()
        assert (await page.next())["live"] == "reconnecting"
        await page.close()
        await made.stop()


async def test_without_a_publisher_the_page_is_asked_to_come_back(store: Store, viewer: Client) -> None:
    page = Page(viewer)
    await page.open()
    assert await page.closed() == websocket.TRY_AGAIN
