"""What people said and where Flagger waits, pushed to pages whichever process it came to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from dashboard.publisher import Publisher
from dashboard.store import Store
from gates import heartbeat
from tests.pages import typed
from tests.pages.live import Page
from tests.support import views

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def unasked() -> Iterator[None]:
    """What Flagger asked is forgotten with each test."""
    heartbeat.forget()
    yield
    heartbeat.forget()


async def test_where_another_process_was_asked_and_who_approved_there_arrives(
    running: Publisher, store: Store, viewer: Client
) -> None:
    views.put(store, typed.canary("cart", "Waiting", policies={typed.START: {"approvals": "2"}}))
    page = Page(viewer)
    await page.open()
    await page.next()
    await database_sync_to_async(typed.decide)("approve", "cart")
    await page.until("<strong>hana</strong>")
    views.put(store, typed.canary("cart", "Progressing", weight=10))
    await database_sync_to_async(typed.asks)("cart", typed.TRAFFIC)
    change = await page.until(f'data-waiting="{typed.TRAFFIC}"')
    assert "Next step 25 %" in change["content"]
    await page.close()
