"""A request's body, up to a limit; reading stops where the limit is passed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from gates.sender import Headers

LIMIT = 1024 * 1024
# Seconds for the whole of it: whoever sends byte by byte must not hold a connection for ever.
PATIENCE = 10.0

Receive = Callable[[], Awaitable[dict[str, Any]]]


class TooLarge(Exception):
    """More than LIMIT bytes, announced or sent."""


class TooSlow(Exception):
    """Not complete within PATIENCE."""


class Gone(Exception):
    """The caller hung up before its body was complete."""


async def read(receive: Receive, headers: Headers) -> bytes:
    """The whole body; raises TooLarge, TooSlow or Gone."""
    # The HTTP parser has checked that it is a number, but not how many digits it has.
    length = headers.get(b"content-length", b"0")
    if len(length) > 12 or int(length) > LIMIT:
        raise TooLarge
    try:
        async with asyncio.timeout(PATIENCE):
            return await _read(receive)
    except TimeoutError as error:
        raise TooSlow from error


async def _read(receive: Receive) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > LIMIT:
            raise TooLarge
        return body
    parts = bytearray()
    while message["type"] == "http.request":
        parts += message.get("body", b"")
        if len(parts) > LIMIT:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(parts)
        message = await receive()
    raise Gone
