"""A running watch on the test API server, with pauses short enough for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dashboard.connection import Connection, Source
from dashboard.store import Reach, Store
from dashboard.watcher import Timing
from dashboard.watching import ClusterWatch
from tests.cluster.scripted import Scripted
from tests.support.kube import Kube
from tests.support.waiting import eventually

# For the scripted server, where every fault happens at once.
TIMING = Timing(first=0.01, cap=0.05, lasting=5, silence=0.3, absent=0.05)
# For the real one.
QUICK = Timing(first=0.05, cap=0.5, lasting=20, silence=25, absent=0.5)


def by_kubeconfig(path: Path, context: str = "") -> Connection:
    """A connection as the settings would give it."""
    return Connection(Source.KUBECONFIG, kubeconfig=str(path), context=context)


@asynccontextmanager
async def watching(
    kube: Kube, user: str = "admin", *, timing: Timing = QUICK, live: bool = True
) -> AsyncIterator[ClusterWatch]:
    """Watch as `user`; `live`: wait for the first list of canaries."""
    store = Store("default", "")
    async with ClusterWatch(store, by_kubeconfig(kube.kubeconfig(user)), timing) as watch:
        if live:
            await eventually(lambda: store.freshness.reach is Reach.LIVE, "the first list")
        yield watch


@asynccontextmanager
async def watched(api: Scripted, timing: Timing = TIMING) -> AsyncIterator[Store]:
    """Watch a scripted server, from its first answer on."""
    store = Store("default", "scripted")
    async with ClusterWatch(store, api.connection, timing):
        yield store
