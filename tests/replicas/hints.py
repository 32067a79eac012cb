"""A member of the group that hints are sent to, beside the replicas in it; and how many were sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from channels_redis.core import RedisChannelLayer

from dashboard.replicas import GROUP
from tests.support.redis import Redis

LIMIT = 20
Next = Callable[[], Awaitable[str]]


@asynccontextmanager
async def member(layer: Any) -> AsyncIterator[Next]:
    """In the group: a call waits for the next hint and returns the name of the process that sent it."""
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)

    async def following() -> str:
        async with asyncio.timeout(LIMIT):
            message = await layer.receive(channel)
        return str(message["from"])

    yield following
    await layer.group_discard(GROUP, channel)


def sender(redis: Redis, act: Callable[[], object]) -> str:
    """Do something that servers give a hint about; the name of the process that sent the first one."""

    async def listen() -> str:
        # Where servers have it: `prefix` of conf_replicas.
        layer = RedisChannelLayer(hosts=[{"address": redis.url, "socket_timeout": 8}], prefix="aviary")
        try:
            async with member(layer) as following:
                await asyncio.to_thread(act)
                return await following()
        finally:
            await layer.close_pools()

    return asyncio.run(listen())


def sent(redis: Redis) -> int:
    """Hints that Redis was given by processes that share a layer: only a hint makes the layer count a queue,
    and listening does not."""
    found = re.search(r"cmdstat_zcount:calls=(\d+)", redis.told("commandstats"))
    return int(found[1]) if found else 0
