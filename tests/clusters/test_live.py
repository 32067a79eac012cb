"""What one cluster's watch says never reaches the page of the other's canary."""

from __future__ import annotations

import asyncio

import pytest
from django.test import Client

from dashboard.store import Reach, Store, Trouble
from tests.clusters.conftest import fill
from tests.pages.live import Page

Two = tuple[Store, Store]
pytestmark = pytest.mark.django_db(transaction=True)


async def test_rows_of_one_are_sent_as_rows_of_that_one(published: Two, client: Client) -> None:
    page = Page(client)
    assert await page.open()
    await page.until('id="row:shop/cart/east"')
    fill(published[1], phase="Failed")
    message = await page.until('data-phase="Failed"')
    assert 'id="row:shop/cart/east"' in message["content"]
    assert message["live"] == "live"
    await page.close()
    for seen in page.seen:
        for row in seen.get("content", "").split("<tr ")[1:]:
            assert ("shop/cart/east" in row) == ('data-cluster="east"' in row)
            assert ('data-phase="Failed"' in row) <= ('data-cluster="east"' in row)


async def test_pages_of_one_canary_hear_of_their_cluster_only(published: Two, client: Client) -> None:
    here, there = Page(client, "/ws/?canary=shop/cart"), Page(client, "/ws/?canary=shop/cart&cluster=east")
    assert await here.open()
    assert await there.open()
    await here.until("detail")
    await there.until('data-cluster="east"')
    fill(published[1], phase="Failed")
    await there.until('data-phase="Failed"')
    fill(published[0], phase="Promoting")
    await here.until('data-phase="Promoting"')
    assert not any('data-phase="Failed"' in seen.get("content", "") for seen in here.seen)
    assert not any('data-phase="Promoting"' in seen.get("content", "") for seen in there.seen)
    await here.close()
    await there.close()


async def test_one_out_of_reach_leaves_the_list_live(published: Two, client: Client) -> None:
    everything, of_east = Page(client), Page(client, "/ws/?canary=shop/cart&cluster=east")
    assert await everything.open()
    assert await of_east.open()
    await everything.until("shop/cart/east")
    published[1].set_freshness(Reach.STALE, Trouble.UNREACHABLE, "nobody answers")
    assert (await everything.until("The cluster east cannot be reached."))["live"] == "live"
    async with asyncio.timeout(20):
        while (await of_east.next())["live"] != "stale":
            pass
    published[0].set_freshness(Reach.STALE, Trouble.UNREACHABLE, "nobody answers")
    async with asyncio.timeout(20):
        while (await everything.next())["live"] != "stale":
            pass
    await everything.close()
    await of_east.close()


async def test_a_cluster_that_is_none_has_no_live_page(published: Two, client: Client) -> None:
    page = Page(client, "/ws/?canary=shop/cart&cluster=west")
    assert await page.open()
    assert await page.closed() == 1013
