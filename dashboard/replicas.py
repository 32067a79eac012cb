"""Hints between processes on one database: “the log is longer than you may think”, and nothing else.

Whoever hears one reads the database. Without Redis, or while it is away, each process looks at the log
once a second by itself (`publisher.POLL`), so a hint that is lost costs a second and no truth.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from dashboard.publisher import PROCESS
from gates.signals import decided

log = logging.getLogger(__name__)

LAYER, GROUP = "replicas", "replicas"
# Seconds. Decisions within PAUSE of each other are one hint, sent or heard.
PAUSE = 0.03
# Until the next try while Redis is away, and until somebody who sends is given up.
RETRY, PATIENCE = 1.0, 2.0
# Redis may have been emptied, and forgets who listens after two minutes.
REJOIN = 30.0


class Replicas:
    """One process's end, on its event loop. `changed` is called when others may have decided something."""

    def __init__(self, changed: Callable[[], None], name: str = PROCESS) -> None:
        self._changed, self._name = changed, name
        self._layer: Any = get_channel_layer(LAYER)
        # One hint stands for all that were not sent yet: nothing queues up.
        self._due = asyncio.Event()
        self._channel = ""
        self._away = False

    async def run(self) -> None:
        """Tell others and hear from them, until cancelled."""
        loop = asyncio.get_running_loop()

        def tell(**_kwargs: Any) -> None:
            # Sent in the thread that decided, maybe while the loop is closing.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._due.set)

        self._channel = await self._layer.new_channel()
        decided.connect(tell, weak=False)
        tasks = [loop.create_task(self._hear()), loop.create_task(self._tell())]
        try:
            await asyncio.gather(*tasks)
        finally:
            decided.disconnect(tell)
            await _end(tasks)
            from redis.exceptions import RedisError  # Loaded where Redis is used.

            with contextlib.suppress(RedisError, OSError):
                async with asyncio.timeout(PATIENCE):
                    await self._layer.group_discard(GROUP, self._channel)
                    await self._layer.close_pools()

    async def _hear(self) -> None:
        while True:
            try:
                await self._layer.group_add(GROUP, self._channel)
                self._back()
                while True:
                    message = await self._layer.receive(self._channel)
                    if message.get("from") != self._name:
                        self._changed()
                        await asyncio.sleep(PAUSE)
            except Exception as error:
                self._lost(error)
                await asyncio.sleep(RETRY)

    async def _tell(self) -> None:
        while True:
            due = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REJOIN):
                    due = await self._due.wait()
            self._due.clear()
            try:
                async with asyncio.timeout(PATIENCE):
                    if due:
                        await self._layer.group_send(GROUP, {"type": "hint", "from": self._name})
                    else:
                        await self._layer.group_add(GROUP, self._channel)
                self._back()
            except Exception as error:
                self._lost(error)
                await asyncio.sleep(RETRY)
            await asyncio.sleep(PAUSE)

    def _lost(self, error: Exception) -> None:
        if not self._away:
            said = str(error) or type(error).__name__
            log.warning("Redis is away, so pages hear of other replicas' decisions a second later: %s", said)
        self._away = True

    def _back(self) -> None:
        if self._away:
            log.info("Redis is back")
            # Hints have been missed, maybe.
            self._changed()
        self._away = False


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Redis's client may swallow that it is cancelled, when its answer comes at that moment."""
    left = set(tasks)
    for _try in range(3):
        for task in left:
            task.cancel()
        _done, left = await asyncio.wait(left, timeout=PATIENCE / 4)
        if not left:
            return


def configured() -> bool:
    """There is a Redis to use."""
    return LAYER in settings.CHANNEL_LAYERS
