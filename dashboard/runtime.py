"""What runs beside the requests: the cluster's watch, the publisher, the sweeper, the demo."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from typing import Any

from django.conf import settings

from dashboard import stores
from dashboard.alarms import Alarms
from dashboard.connection import Connection, Source, choose
from dashboard.demo import demo
from dashboard.publisher import Publisher
from dashboard.store import Reach, Store
from dashboard.watching import ClusterWatch
from gates import asked_flush, facts, sweeper
from gates.keys import DEFAULT_CLUSTER
from gates.webhook import Webhooks

log = logging.getLogger(__name__)


class Runtime:
    """Started and stopped by the server's lifespan events."""

    def __init__(self, webhooks: Webhooks) -> None:
        self.webhooks = webhooks
        webhooks.ready = self.not_ready
        self.store = Store(DEFAULT_CLUSTER, "")
        self._stack = AsyncExitStack()

    async def lifespan(self, receive: Any, send: Any) -> None:
        """The ASGI lifespan protocol."""
        await receive()
        try:
            await self.start()
        except Exception as error:
            log.exception("Aviary could not start")
            await self._stack.aclose()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def start(self) -> None:
        """Begin watching; returns before the first list has been read."""
        stack = self._stack
        stores.use(self.store)
        stack.push_async_callback(self.webhooks.close)
        watch = ClusterWatch(self.store, await self._connection())
        facts.provide(watch.facts, asyncio.get_running_loop())
        stack.callback(facts.provide, None)
        await stack.enter_async_context(watch)
        publisher = Publisher(self.store)
        await publisher.start()
        stack.push_async_callback(publisher.stop)
        stack.push_async_callback(_cancelled, asyncio.create_task(sweeper.run(), name="sweeper"))
        stack.push_async_callback(_cancelled, asyncio.create_task(asked_flush.run(), name="asked"))
        alarms = Alarms(self.store)
        stack.push_async_callback(_cancelled, asyncio.create_task(alarms.run(), name="alarms"))

    def not_ready(self) -> str:
        """Why this process should get no traffic yet, "" when it should."""
        if self.store.freshness.reach is Reach.STARTING and not self.store.freshness.trouble:
            return "the cluster has not been listed yet"
        return ""

    async def _connection(self) -> Connection:
        """The way to the cluster that the settings name; starts the demo where none is."""
        source = choose(settings.CLUSTER_SOURCE, settings.KUBECONFIG)
        if source is not Source.DEMO:
            return Connection(source, kubeconfig=settings.KUBECONFIG, context=settings.KUBE_CONTEXT)
        return Connection(
            source, url=await self._stack.enter_async_context(demo(_own_address(), settings.DEMO_INTERVAL))
        )


def _own_address() -> str:
    """Where the demo's Flagger reaches this server, with a token where one is asked for."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)
    address = f"http://[{host}]:{settings.PORT}" if ":" in host else f"http://{host}:{settings.PORT}"
    return f"{address}/t/{settings.WEBHOOK_TOKENS[0]}" if settings.WEBHOOK_AUTH == "token" else address


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
