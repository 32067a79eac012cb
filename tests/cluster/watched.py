"""A running watch on the test API server, with pauses short enough for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dashboard.connection import Connection, Source
from dashboard.store import Reach, Store
from dashboard.watcher import Timing
from dashboard.watching import ClusterWatch
from tests.support.kube import Kube
from tests.support.waiting import eventually

QUICK = Timing(first=0.05, cap=0.5, lasting=20, silence=25, absent=0.5)


@asynccontextmanager
async def watching(
    kube: Kube, user: str = "admin", *, timing: Timing = QUICK, live: bool = True
) -> AsyncIterator[ClusterWatch]:
    """Watch as `user`; `live`: wait for the first list of canaries."""
    store = Store("default", "")
    connection = Connection(Source.KUBECONFIG, kubeconfig=str(kube.kubeconfig(user)))
    async with ClusterWatch(store, connection, timing) as watch:
        if live:
            await eventually(lambda: store.freshness.reach is Reach.LIVE, "the first list")
        yield watch
