"""The banner and the canary's page on open pages: freezes made, lifted, begun and ended by the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.test import Client

from dashboard.freezes.banner import Memory
from dashboard.publisher import Publisher
from dashboard.store import Store
from gates import freezing
from gates.models import Freeze
from gates.signals import decided
from tests.freezes.conftest import ADA, freeze, hence
from tests.korean.test_pages import HANGUL
from tests.pages.live import Page
from tests.support.html import one
from tests.support.people import People

pytestmark = pytest.mark.django_db(transaction=True)
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
STATUS = "/ws/?lang=en"


@pytest.fixture
async def running(shop: Store) -> AsyncIterator[Publisher]:
    """The publisher of the shop."""
    made = Publisher(shop)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def victor(people: People) -> Client:
    """A viewer of everything."""
    client = Client()
    client.force_login(people.victor, MODEL_BACKEND)
    return client


@pytest.fixture
def nora(somewhere: User) -> Client:
    """Who sees the payments only."""
    client = Client()
    client.force_login(somewhere, MODEL_BACKEND)
    return client


async def made(**more: object) -> Freeze:
    frozen: Freeze = await database_sync_to_async(freeze)(**more)
    return frozen


async def banner(page: Page) -> str:
    """The text of the next banner that is sent."""
    return one((await page.until('id="freeze"'))["content"], "id", "freeze").text


@pytest.mark.parametrize("address", [STATUS, "/ws/?list=", "/ws/?canary=payments/rising"])
async def test_a_freeze_shows_on_every_open_page_and_goes_when_it_is_lifted(
    running: Publisher, victor: Client, address: str
) -> None:
    page = Page(victor, address)
    await page.open()
    assert await banner(page) == ""
    freeze = await made()
    assert "incident 4711" in await banner(page)
    await database_sync_to_async(freezing.lift)(freeze.pk, ADA)
    assert await banner(page) == ""
    await page.close()


async def test_a_banner_that_is_sent_is_in_the_language_of_its_page(
    running: Publisher, victor: Client
) -> None:
    pages = [Page(victor, "/ws/?lang=ko"), Page(victor, STATUS)]
    for page in pages:
        await page.open()
        assert await banner(page) == ""
    await made()
    korean, english = [await banner(page) for page in pages]
    assert HANGUL.search(korean)
    assert not HANGUL.search(english)
    for page in pages:
        await page.close()


async def test_a_freeze_begins_and_ends_by_the_clock_without_anybodys_doing(
    running: Publisher, victor: Client
) -> None:
    page = Page(victor, STATUS)
    await page.open()
    assert await banner(page) == ""
    await made(starts_at=hence(seconds=1), ends_at=hence(seconds=9))
    assert "incident 4711" in await banner(page)
    assert await banner(page) == ""
    await page.close()


async def test_a_canarys_open_page_says_when_it_is_frozen(running: Publisher, victor: Client) -> None:
    page = Page(victor, "/ws/?canary=payments/begins")
    await page.open()
    await page.until('id="detail"')
    await made()
    told = await page.until('data-frozen="held"')
    assert one(told["content"], "id", "sec-head")["hx-swap-oob"] == "outerMorph"
    await page.close()


async def test_a_freeze_of_what_one_may_not_see_is_not_sent(running: Publisher, nora: Client) -> None:
    page = Page(nora, STATUS)
    await page.open()
    assert await banner(page) == ""
    await made(namespaces="catalog", reason="a secret")
    await made(namespaces="catalog, payments", reason="ours")
    assert "ours" in await banner(page)
    sent = "".join(message.get("content", "") for message in page.seen)
    assert "a secret" not in sent
    assert "catalog" not in sent
    await page.close()


async def test_a_freeze_that_another_process_made_is_found_in_the_log(
    running: Publisher, victor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(victor, STATUS)
    await page.open()
    assert await banner(page) == ""
    with monkeypatch.context() as deaf:
        deaf.setattr(decided, "send_robust", lambda **_: [])
        await made()
    assert "incident 4711" in await banner(page)
    await page.close()


def test_a_page_is_told_only_when_something_changed(shop: Store) -> None:
    memory, now = Memory(), hence(seconds=0)
    assert not memory.tick(shop, now)
    memory.load()
    assert memory.tick(shop, now)
    assert not memory.tick(shop, now)
    made_then = freeze()
    memory.load()
    assert [memory.tick(shop, hence(seconds=1)), memory.tick(shop, hence(minutes=5))] == [True, False]
    assert memory.tick(shop, made_then.ends_at)
    assert memory.current == ()
