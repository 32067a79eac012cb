"""A canary's own page: it comes to life with the canary, and hears of what changes around it."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.publisher import Publisher
from dashboard.store import Store
from dashboard.windows import RECORDED, SILENCE, OneCanary
from gates.access_rights import EVERYTHING
from tests.around import things
from tests.pages.live import Page
from tests.support import views
from tests.support.html import one

pytestmark = pytest.mark.django_db(transaction=True)


async def test_what_happens_around_a_canary_reaches_its_own_page(
    running: Publisher, store: Store, viewer: Client
) -> None:
    page = Page(viewer, "/ws/?canary=test/waiting")
    await page.open()
    await page.next()
    said = things.event("e1", canary="waiting", uid="", message="Halt advancement, said Flagger")
    things.put(store.around, "Event", said)
    assert "Halt advancement, said Flagger" in (await page.until('id="sec-timeline"'))["content"]
    await page.close()


async def test_a_canary_that_comes_fills_its_page(running: Publisher, store: Store, viewer: Client) -> None:
    page = Page(viewer, "/ws/?canary=test/late")
    await page.open()
    assert "No such canary" in (await page.next())["content"]
    views.put(store, views.canary("late"))
    assert one((await page.until("data-canary"))["content"], "data-canary")["data-canary"] == "test/late"
    await page.close()


async def test_after_a_change_it_is_drawn_once_more_when_the_record_of_it_is_written(
    running: Publisher,
) -> None:
    page = OneCanary(running, ("test", "waiting"), EVERYTHING, ())
    content, wait = await page.due(100.0)
    assert "test/waiting" in content
    assert wait == RECORDED
    assert await page.due(100.5) == ("", RECORDED - 0.5)
    assert (await page.due(100.0 + RECORDED))[1] == SILENCE
    page.touch([("test", "another")])
    assert await page.due(110.0) == ("", SILENCE - 8.0)
    page.touch([("test", "waiting")])
    assert (await page.due(110.0))[1] == RECORDED
