"""The connection of a page without live data: it ends with what its reader was when the page was drawn."""

from __future__ import annotations

import pytest
from channels.db import database_sync_to_async

from dashboard import viewer, websocket, windows
from dashboard.publisher import Publisher
from gates import permissions
from tests.roles.conftest import World, give
from tests.roles.test_socket import crowd, quick, running, visit

__all__ = ["crowd", "quick", "running"]
pytestmark = pytest.mark.django_db(transaction=True)


async def reader(world: World, name: str) -> str:
    """The address that a page without live data has for this person."""

    def read() -> str:
        return windows.standing(viewer.mark(name, permissions.read_access(world.user(name))))

    address: str = await database_sync_to_async(read)()
    return address


async def test_a_page_that_says_that_there_is_no_role_stays_until_there_is_one(
    running: Publisher, crowd: World, quick: None
) -> None:
    page = await visit(crowd, "nora", await reader(crowd, "nora"))
    for _message in range(4):
        assert "content" not in await page.next()
    await database_sync_to_async(give)("viewer", "catalog", user="nora")
    assert await page.closed() == websocket.NO_ROLE


async def test_a_page_drawn_before_the_roles_changed_is_asked_for_again(
    running: Publisher, crowd: World
) -> None:
    drawn = await reader(crowd, "pia")
    await database_sync_to_async(give)("viewer", "catalog", user="pia")
    page = await visit(crowd, "pia", drawn)
    assert await page.closed() == websocket.NO_ROLE
    page = await visit(crowd, "pia", await reader(crowd, "pia"))
    await page.next()
    await page.close()
    page = await visit(crowd, "", drawn)
    assert await page.closed() == websocket.SIGNED_OUT
