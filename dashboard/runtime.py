"""What runs beside the requests: the watch of each cluster, the publisher, the sweeper, the demo."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

log = logging.getLogger(__name__)


class Runtime:
    """Started and stopped by the server's lifespan events."""

    def __init__(self) -> None:
        self.stack = AsyncExitStack()

    async def lifespan(self, receive: Any, send: Any) -> None:
        """The ASGI lifespan protocol."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.start()
                except Exception as error:
                    log.exception("Aviary could not start")
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def start(self) -> None:
        """Begin watching; returns at once, before the first list has been read."""
        asyncio.get_running_loop()

    async def stop(self) -> None:
        """End every task."""
        await self.stack.aclose()
