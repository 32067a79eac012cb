"""What runs beside the requests: each cluster's watch, the publisher, the sweeper, the demo."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any

from django.conf import settings

from dashboard import connection, flagger_metrics, metrics, publishers, replicas, stores
from dashboard.alarms import Alarms
from dashboard.connection import Connection, Source, choose
from dashboard.demo import demo
from dashboard.facts_of_all import FactsOfAll
from dashboard.flagger_metrics import FlaggerMetrics, Readings
from dashboard.interventions import port, sweep
from dashboard.notify import running as notifications
from dashboard.publisher import Publisher
from dashboard.releases.running import Recording
from dashboard.replicas import Replicas
from dashboard.sign_in import clearing
from dashboard.store import Reach, Store
from dashboard.watching import ClusterWatch
from gates import (
    asked_flush,
    clusters,
    draining,
    facts,
    indexing,
    log_keeping,
    sweeper,
    token_memory,
    token_uses,
)
from gates.keys import DEFAULT_CLUSTER
from gates.webhook import Webhooks

log = logging.getLogger(__name__)


class Runtime:
    """Started and stopped by the server's lifespan events."""

    def __init__(self, webhooks: Webhooks) -> None:
        self.webhooks = webhooks
        webhooks.ready = self.not_ready
        self.stores = [Store(name, name if clusters.several() else "") for name in clusters.names()]
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
        stack, loop = self._stack, asyncio.get_running_loop()
        stores.use_all(self.stores)
        stack.push_async_callback(self.webhooks.close)
        watches = [await self._watch(store) for store in self.stores]
        sources = {watch.store.cluster: watch.facts for watch in watches}
        facts.provide(watches[0].facts if len(watches) == 1 else FactsOfAll(sources), loop)
        stack.callback(facts.provide, None)
        # Before the watches begin, so that they hear everything.
        recordings = [Recording(store) for store in self.stores]
        for watch in watches:
            await stack.enter_async_context(watch)
            publisher = Publisher(watch.store)
            await publisher.start()
            stack.push_async_callback(publisher.stop)
        if replicas.configured():
            self._beside(Replicas(publishers.look).run(), "replicas")
        self._beside(sweeper.run(), "sweeper")
        self._beside(asked_flush.run(), "asked")
        self._beside(token_uses.run(), "tokens")
        self._beside(clearing.run(), "sessions")
        self._beside(log_keeping.run(), "log")
        self._beside(indexing.run(), "indexing")
        self._beside(sweep.run(), "interventions")
        for recording in recordings:
            self._beside(recording.run(), "releases")
        for watch in watches:
            self._follow_flagger(watch)
        self._beside(notifications.run(lambda: self.stores), "notifications")
        for store in self.stores:
            self._beside(Alarms(store).run(), "alarms")

    async def _watch(self, store: Store) -> ClusterWatch:
        """The watch of one cluster, not yet begun."""
        watch = ClusterWatch(store, await self._connection(store.cluster))
        metrics.follow(store.cluster, watch)
        self._stack.callback(metrics.follow, store.cluster, None)
        port.provide(watch.cluster, asyncio.get_running_loop(), store.cluster)
        self._stack.callback(port.provide, None, None, store.cluster)
        return watch

    def _beside(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._stack.push_async_callback(_cancelled, asyncio.create_task(work, name=name))

    def _follow_flagger(self, watch: ClusterWatch) -> None:
        """Read what Flagger measured, where the operator has named the address."""
        there = watch.cluster.connection
        of_demo = f"{there.url}/metrics" if there.source is Source.DEMO else ""
        address = settings.FLAGGER_METRICS.get(watch.store.cluster, of_demo)
        if not address:
            return
        cluster, readings = watch.store.cluster, Readings()
        flagger_metrics.use(cluster, readings)
        self._stack.callback(flagger_metrics.use, cluster, None)
        self._beside(FlaggerMetrics(address, readings).run(), "metrics")

    def not_ready(self) -> str:
        """Why this process should get no traffic, "" when it should."""
        if draining.begun():
            return "Aviary is ending here"
        # One that is out of reach is in trouble within seconds, and does not keep the others waiting.
        if any(it.freshness.reach is Reach.STARTING and not it.freshness.trouble for it in self.stores):
            return "the cluster has not been listed yet"
        return ""

    async def _connection(self, cluster: str) -> Connection:
        """The way to a cluster that the settings name; starts the demo where none is."""
        if wanted := settings.CLUSTERS[cluster]:
            named = connection.of(wanted, settings.KUBECONFIG)
        else:
            source = choose(settings.CLUSTER_SOURCE, settings.KUBECONFIG)
            named = Connection(source, kubeconfig=settings.KUBECONFIG, context=settings.KUBE_CONTEXT)
        if named.source is not Source.DEMO:
            return named
        started = demo(_own_address(cluster), settings.DEMO_INTERVAL)
        return Connection(Source.DEMO, url=await self._stack.enter_async_context(started))


def _own_address(cluster: str) -> str:
    """Where the demo's Flagger reaches this server, with a token where one is asked for."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)
    port = settings.WEBHOOK_PORT or settings.PORT
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    token = f"/t/{token_memory.OWN}" if settings.WEBHOOK_AUTH == "token" else ""
    return f"{address}{token}" + ("" if cluster == DEFAULT_CLUSTER else f"/clusters/{cluster}")


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
