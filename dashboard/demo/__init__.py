"""The built-in demo: a small cluster in the server's own process, whose Flagger asks this server's gates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from dashboard.demo import api
from dashboard.demo.hooks import HttpCaller
from dashboard.demo.recorder import Recorder
from dashboard.demo.stage import Clock, Stage
from dashboard.demo.state import Cluster


@asynccontextmanager
async def demo(aviary: str, interval: float) -> AsyncIterator[str]:
    """Run the demo on this event loop; gives the base URL of its Kubernetes API (no credentials needed).

    Its Flagger tells what it measures at `/metrics` there.

    `aviary` is this server's own base URL, where the canaries' webhooks point to; it need not answer yet.
    `interval` is in seconds.
    """
    clock = Clock()
    cluster = Cluster(clock)
    call = HttpCaller()
    recorder = Recorder()
    runner, url = await api.start(cluster, recorder)
    stage = Stage(cluster, clock, call, aviary, f"{url}/loadtester", interval, recorder)
    await stage.rehearse()
    task = asyncio.create_task(stage.run(), name="demo")
    try:
        yield url
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await call.close()
        await runner.cleanup()
