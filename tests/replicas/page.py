"""A page that is open on one replica, without a browser."""

from __future__ import annotations

import html
import json
import re
import time
from types import TracebackType
from typing import Any

from websockets.sync.client import connect
from websockets.typing import Origin

from tests.support.server import Server


class OpenPage:
    """`address` is the page's; its live connection follows it. Sign-in is the caller's: `cookie`."""

    def __init__(self, server: Server, text: str, cookie: str) -> None:
        found = re.search(r'hx-ws:connect="([^"]+)"', text)
        assert found is not None, "the page names no live connection"
        self._socket = connect(
            server.url.replace("http", "ws", 1) + html.unescape(found[1]),
            origin=Origin(server.url),
            additional_headers={"Cookie": cookie},
            max_size=None,
            legacy=True,
        )

    def __enter__(self) -> OpenPage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def until(self, pattern: str, limit: float = 20) -> float:
        """Wait until something that is sent matches; returns when it came (time.monotonic)."""
        deadline = time.monotonic() + limit
        while not re.search(pattern, self.next(deadline).get("content", "")):
            pass
        return time.monotonic()

    def until_live(self, live: str, limit: float = 20) -> None:
        """Wait until the page is told that it is `live` or `stale`."""
        deadline = time.monotonic() + limit
        while self.next(deadline)["live"] != live:
            pass

    def next(self, deadline: float) -> dict[str, Any]:
        """The next message; TimeoutError when none comes."""
        message: dict[str, Any] = json.loads(self._socket.recv(max(0.0, deadline - time.monotonic())))
        return message
