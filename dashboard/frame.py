"""In front of Django: refuses what it would choke on, or fill the disk with, before any of our code runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from email.message import Message
from typing import Any

from django.utils.translation import gettext as _

from dashboard.errors import API, shape
from gates.body import PATIENCE, TooSlow

LONGEST_BODY = 1024 * 1024  # bytes; Django writes a body of any length to disk
UTF8 = {"utf-8", "utf8", "us-ascii", "ascii"}

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Framed:
    """Passes a request on when its body has a bounded length and its texts are in UTF-8.

    Django reads the query in whatever charset the Content-Type names: `zlib` makes it fail,
    `unicode_escape` yields texts that no database keeps.
    """

    def __init__(self, pages: Application) -> None:
        self.pages = pages

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        refused = _refused(dict(scope["headers"]))
        if refused is None:
            try:
                await self.pages(scope, _in_time(receive), send)
                return
            except TooSlow:
                # Django reads the whole body before anything else, so nothing has been answered yet.
                refused = 408, "too-slow", _("The body did not come in time.")
        status, code, message = refused
        kind, body = "text/plain; charset=utf-8", message
        if scope["path"].startswith(API):
            kind, body = "application/json", json.dumps(shape(code, message))
        headers = [(b"content-type", kind.encode()), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})


def _in_time(receive: Any) -> Any:
    """The same, as far as the body has come within PATIENCE; afterwards it tells when somebody hangs up."""
    deadline, complete = asyncio.get_running_loop().time() + PATIENCE, False

    async def bounded() -> Any:
        nonlocal complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow from error
        complete = not message.get("more_body")
        return message

    return bounded


def _refused(headers: Mapping[bytes, bytes]) -> tuple[int, str, str] | None:
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 9 or int(length) > LONGEST_BODY:
        return 413, "too-large", _("The body is larger than 1 MiB.")
    if b"transfer-encoding" in headers:
        return 411, "length-required", _("Send the body with a Content-Length, not in chunks.")
    kind = Message()
    kind["Content-Type"] = headers.get(b"content-type", b"").decode("latin-1")
    if (kind.get_content_charset("utf-8")) not in UTF8:
        return 415, "unsupported-media-type", _("Send UTF-8.")
    return None
