"""uvicorn's HTTP protocol, with the head and the body of a response in one packet.

uvicorn writes them one after the other, and each write is a system call and a packet. Joined, a fifth
more of Flagger's calls are answered in the same time.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gates.body import PATIENCE

# Bytes from which nothing is held back: the transport's own flow control must see large responses.
LARGE = 64 * 1024


class JoinedWrites:
    """A transport that sends what is written in one turn of the event loop together."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []
        self._size = 0
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Send at the end of this turn, or now when it has become much."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size >= LARGE:
            self._flush()

    def close(self) -> None:
        """Close once everything written has been sent."""
        self._flush()
        self._transport.close()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the transport's, without its socket: uvicorn only wants the addresses, which uvloop knows
        without making a socket object for each connection."""
        return default if name == "socket" else self._transport.get_extra_info(name, default)

    def _flush(self) -> None:
        if self._held:
            data, self._held, self._size = b"".join(self._held), [], 0
            # The other side may have gone since; a closed transport refuses to write.
            if not self.is_closing():
                self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class JoinedHttpProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=…)`. A request's head must come in time: uvicorn itself waits for ever."""

    head_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(cast(asyncio.Transport, JoinedWrites(transport)))
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """A part of a request, or of several."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self.head_since = None
        # One that has become a websocket is none of these any more.
        elif self in self.connections and not self.transport.is_closing():
            self._await_head()

    def _await_head(self) -> None:
        now = self.loop.time()
        self.head_since = self.head_since or now
        self._unset_keepalive_if_required()
        left = max(0.0, self.head_since + PATIENCE - now)
        self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
