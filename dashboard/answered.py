"""An ASGI application, and what its answer came to."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any


async def run(app: Any, scope: Any, receive: Any, send: Any, done: Callable[[int, float], None]) -> None:
    """Answer, then call `done` with the status and the seconds.

    Status 0: the client went away before there was an answer.
    """
    began, status = perf_counter(), 0

    async def told(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    try:
        await app(scope, receive, told)
    finally:
        done(status, perf_counter() - began)
