"""A line for each request, where AVIARY_ACCESS_LOG asks for it; tokens in addresses are masked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings

from dashboard import answered
from dashboard.masking import mask
from gates import request_id

log = logging.getLogger("aviary.access")


def install(app: Any, flaggers: Callable[[dict[str, Any]], bool]) -> Any:
    """The application, with the log around it where it is wanted; `flaggers`: a request is Flagger's."""
    if settings.ACCESS_LOG == "off":
        return app
    everything = settings.ACCESS_LOG == "all"

    async def logged(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not (everything or not flaggers(scope)):
            await app(scope, receive, send)
            return
        request_id.enter(scope)
        await answered.run(app, scope, receive, send, partial(_write, scope))

    return logged


def address(scope: dict[str, Any]) -> str:
    """As it was sent, still escaped, without tokens."""
    path: str = scope["raw_path"].decode("latin-1")
    query: str = scope["query_string"].decode("latin-1")
    return mask(f"{path}?{query}" if query else path)


def _write(scope: dict[str, Any], status: int, seconds: float) -> None:
    client = scope.get("client")
    more = {
        "method": scope["method"],
        "path": address(scope),
        "status": status,
        "seconds": round(seconds, 4),
        "client": client[0] if client else "",
    }
    log.info("%s %s %d", more["method"], more["path"], status, extra=more)
