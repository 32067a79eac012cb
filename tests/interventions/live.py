"""A cluster that is watched on a loop of its own, as the server does it; the test is a worker thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from dashboard import stores
from dashboard.cluster import Cluster
from dashboard.connection import Connection
from dashboard.interventions import port, rights
from dashboard.interventions.acts import Act
from dashboard.interventions.perform import perform
from dashboard.resources import Resource
from dashboard.store import Reach, Store
from dashboard.watching import ClusterWatch
from dashboard.wire import Raw
from gates import facts
from gates.asked_for import Request, Subject
from gates.audit import Actor, Origin
from gates.models import AuditEntry
from tests.cluster.watched import QUICK

Result = TypeVar("Result")
MINJI = Actor("person", "minji")
PAGE = Origin("page", "10.0.0.7")


class Loop:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run it there and wait."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def close(self) -> None:
        """End it, and what still runs on it."""
        self.run(_end_others())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()


async def _end_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Between:
    """The cluster, with a moment before and after each patch in which a test may act."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.patched: list[Mapping[str, Any]] = []

    async def get(self, resource: Resource, namespace: str, name: str) -> Raw:
        """As the cluster says."""
        return await self.cluster.get(resource, namespace, name)

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Mapping[str, Any]) -> Raw:
        """As the cluster does."""
        await asyncio.to_thread(self.before)
        self.patched.append(patch)
        made = await self.cluster.patch(resource, namespace, name, patch)
        await asyncio.to_thread(self.after)
        return made

    async def allowed(self, resource: Resource, verb: str, namespace: str) -> bool:
        """As the cluster says."""
        return await self.cluster.allowed(resource, verb, namespace)


@contextmanager
def watched(connection: Connection, loop: Loop) -> Iterator[tuple[Store, Between]]:
    """Watch it, tell the gates, and let interventions reach it."""
    store = Store("default", "")
    watch = ClusterWatch(store, connection, QUICK)
    between = Between(watch.cluster)
    loop.run(watch.start())
    facts.provide(watch.facts, loop.loop)
    port.provide(between, loop.loop)
    rights.forget()
    shown = stores.use_all([store])
    try:
        until(lambda: store.freshness.reach is Reach.LIVE)
        yield store, between
    finally:
        stores.use_all(shown)
        port.provide(None)
        facts.provide(None)
        rights.forget()
        loop.run(watch.stop())


def until(condition: Callable[[], object], limit: float = 20) -> None:
    """Wait for it in this thread."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"waited {limit} s in vain"
        time.sleep(0.01)


def ask(
    act: Act,
    namespace: str,
    name: str,
    reason: str = "why not",
    revision: str = "",
    *,
    take_back: bool = False,
) -> AuditEntry:
    """What Minji asks for on the page."""
    request = Request(Subject("default", namespace, name), MINJI, PAGE, reason, revision)
    return perform(act, request, take_back=take_back)


def log() -> list[AuditEntry]:
    """What was asked for and done, oldest first; not what was refused before that."""
    return list(AuditEntry.objects.exclude(action="intervention.refused").order_by("seq"))


def codes() -> list[str]:
    """Their actions."""
    return [entry.action for entry in log()]


def in_thread(work: Callable[[], Result]) -> Result:
    """Run it as a background task does: in a thread with a database connection of its own."""
    found: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    if failed:
        raise failed[0]
    return found[0]
