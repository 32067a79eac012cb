"""The first paint out of the publisher's memory: whoever has decided sees that, whoever took the decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from dashboard import known, publisher, standing, viewer
from dashboard.inbox import Inbox
from dashboard.publisher import Publisher
from dashboard.store import Store
from gates import heartbeat
from tests.pages import typed
from tests.pages.live import Page
from tests.support import views
from tests.support.html import elements, one
from tests.support.people import People
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def unasked() -> Iterator[None]:
    """What Flagger asked is forgotten with each test."""
    heartbeat.forget()
    yield
    heartbeat.forget()


async def settled(running: Publisher) -> None:
    """Memory has everything up to now."""
    await eventually(lambda: running.settled() is not None)


async def read(store: Store, people: People) -> Inbox:
    found: Inbox = await database_sync_to_async(lambda: standing.roll(store).inbox(viewer.of(people.alice)))()
    return found


async def test_memory_is_used_without_reading_everything(
    running: Publisher, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settled(running)
    monkeypatch.setattr(known, "everything", None)
    monkeypatch.setattr(known, "from_database", None)
    assert (await read(store, people)).mine == (("test", "waiting"),)


async def test_a_decision_that_memory_has_not_heard_of_is_seen(
    running: Publisher, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    views.put(store, typed.canary("cart", "Waiting", policies={typed.START: {"approvals": "2"}}))
    await settled(running)
    # The signal stays in the process that decided, and the next look at the log is far away.
    monkeypatch.setattr(publisher, "POLL", 60)
    monkeypatch.setattr("gates.decisions.decided.send_robust", lambda **_arguments: [])
    before = running.settled()
    monkeypatch.setattr(running, "settled", lambda: before)
    await database_sync_to_async(typed.decide)("approve", "cart", person="alice")
    found = await read(store, people)
    assert found.mine == (("test", "waiting"),)
    assert [(key, call.turn) for key, call in found.others] == [(("test", "cart"), "second")]


async def test_a_publisher_that_does_not_keep_up_is_not_believed(
    running: Publisher, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settled(running)
    monkeypatch.setattr(publisher, "OUTDATED", -1.0)
    running.roll.put(("test", "waiting"), None)
    assert (await read(store, people)).mine == (("test", "waiting"),)


async def test_a_page_says_over_its_connection_what_it_shows_now(
    running: Publisher, store: Store, approver: Client
) -> None:
    page = Page(approver)
    await page.open()
    await page.next()
    await page.say("?q=ns%3Aother")
    content = (await page.until('id="rows"'))["content"]
    assert [row["data-canary"] for row in elements(content, "data-canary", tag="tr")] == ["other/calm"]
    assert one(content, "id", "rows")["data-view"] == "q=ns%3Aother"
    for odd in ("?", "?page=x", "?q=" + "x" * 9000, "nonsense", "?%ff=%00"):
        await page.say(odd)
    views.put(store, views.canary("rising", weight=50))
    await page.until("test/rising")
    await page.close()


async def test_the_page_is_told_what_waits_for_its_reader(
    running: Publisher, approver: Client, viewer: Client
) -> None:
    said: list[dict[str, Any]] = []
    for client in (approver, viewer):
        page = Page(client, "/ws/")
        await page.open()
        said.append(await page.next())
        await page.close()
    assert [(message["waiting"], message["mine"]) for message in said] == [(1, ["test/waiting"]), (0, [])]
