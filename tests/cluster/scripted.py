"""A scripted API server over real HTTP, for faults that a real one does not commit on demand."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from dashboard.connection import Connection, Source
from dashboard.resources import CANARIES

Raw = dict[str, Any]
Act = Callable[[web.Request], Awaitable[web.StreamResponse]]
CANARY_PATH = CANARIES.path()
STOPPING = web.AppKey("stopping", asyncio.Event)


def canary(name: str, version: int = 1, **status: Any) -> Raw:
    """A Canary in namespace `test`."""
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"namespace": "test", "name": name, "uid": name, "resourceVersion": str(version)},
        "spec": {"targetRef": {"kind": "Deployment", "name": name}, "analysis": {"stepWeights": [10, 50]}},
        "status": {"phase": "Initialized", **status},
    }


def line(kind: str, thing: Raw) -> bytes:
    """One event of a watch."""
    return json.dumps({"type": kind, "object": thing}).encode() + b"\n"


def bookmark(version: int) -> bytes:
    """A bookmark."""
    return line("BOOKMARK", {"kind": "Canary", "metadata": {"resourceVersion": str(version)}})


def expired() -> bytes:
    """What a server sends on an open watch whose version it no longer has."""
    return line("ERROR", {"kind": "Status", "code": 410, "reason": "Expired"})


def listed(*items: Raw, version: int = 1, following: str = "") -> Act:
    """Answer a list."""
    meta = {"resourceVersion": str(version)} | ({"continue": following} if following else {})
    return body({"kind": "CanaryList", "metadata": meta, "items": list(items)})


def body(value: object, status: int = 200) -> Act:
    """Answer with JSON."""

    async def act(_request: web.Request) -> web.StreamResponse:
        return web.json_response(value, status=status)

    return act


def status(code: int) -> Act:
    """Refuse."""
    return body({"kind": "Status", "code": code, "message": "the secret of the server"}, code)


def text(value: bytes) -> Act:
    """Answer with those bytes."""

    async def act(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=value)

    return act


def stream(*chunks: bytes, then: str = "end") -> Act:
    """Answer a watch; `then`: `end` it, `break` the connection, or `hang` without a byte."""

    async def act(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        if then == "hang":
            await request.app[STOPPING].wait()
        if then == "break":
            assert request.transport is not None
            request.transport.abort()
        return response

    return act


async def hang(request: web.Request) -> web.StreamResponse:
    """Accept, and never answer."""
    await request.app[STOPPING].wait()
    return web.Response()


class Scripted:
    """Plays the acts in `lists` and `watches` in order, by path; the last one is played again and again.

    `asked` are the queries, in order, of the canaries' calls. `others` answers the lists of other kinds
    by path (not found, unless said otherwise); their watches are silent until `breaks` is set.
    """

    def __init__(self) -> None:
        self.lists: deque[Act] = deque([listed()])
        self.watches: deque[Act] = deque([stream(then="hang")])
        self.others: defaultdict[str, Act] = defaultdict(lambda: status(404))
        self.breaks: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.other_calls = 0
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    @property
    def connection(self) -> Connection:
        """How a cluster is reached that needs no credentials."""
        return Connection(Source.DEMO, url=self.url)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Play the next act."""
        if request.path != CANARY_PATH:
            self.other_calls += 1
            broken = self.breaks[request.path]
            if "watch" in request.query and not broken.is_set():
                await broken.wait()
                return await stream(then="break")(request)
            return await self.others[request.path](request)
        self.asked.append(dict(request.query))
        self.headers.append(dict(request.headers))
        acts = self.watches if "watch" in request.query else self.lists
        return await (acts.popleft() if len(acts) > 1 else acts[0])(request)

    def count(self, *, watch: bool) -> int:
        """How often the canaries were listed, or watched."""
        return sum(("watch" in query) is watch for query in self.asked)


@asynccontextmanager
async def serving(scripted: Scripted, port: int = 0) -> AsyncIterator[Scripted]:
    """Serve on a free port of the loopback interface."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", scripted.handle)
    application[STOPPING] = asyncio.Event()
    runner = web.AppRunner(application, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    scripted.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield scripted
    finally:
        application[STOPPING].set()
        await runner.cleanup()
