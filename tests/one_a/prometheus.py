"""Something that answers where Flagger's metrics are, on loopback: well, slowly, hugely, wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEAD = 'flagger_info{mesh_provider="istio",version="1.44.0"} 1\n# TYPE flagger_canary_metric_analysis gauge\n'


def line(
    value: str, metric: str = "request-success-rate", name: str = "podinfo", namespace: str = "test"
) -> str:
    """One value, as Flagger's recorder tells it."""
    return (
        f'flagger_canary_metric_analysis{{metric="{metric}",name="{name}",namespace="{namespace}"}} {value}\n'
    )


def says(text: str, status: int = 200) -> Answer:
    """Always the same answer."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status)

    return answer


def streams(piece: bytes, pause: float = 0.0) -> Answer:
    """The same piece for ever."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        # Until whoever asked hangs up.
        while True:
            await response.write(piece)
            await asyncio.sleep(pause)

    return answer


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """Its address."""
    application = web.Application()
    application.router.add_get("/metrics", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/metrics"
    finally:
        await runner.cleanup()
