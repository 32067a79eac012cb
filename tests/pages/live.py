"""A live connection as a page has it, without a browser."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.test import Client

from dashboard.websocket import websocket_application

ORIGIN = "http://testserver"


class Page:
    """`origin` and the client's session go along; `address` is the live address."""

    def __init__(self, client: Client | None, address: str = "/ws/?list=", origin: str = ORIGIN) -> None:
        headers = [(b"origin", origin.encode())]
        if client is not None and "sessionid" in client.cookies:
            headers.append((b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode()))
        path, _mark, query = address.partition("?")
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            "subprotocols": [],
        }
        # Channels' own communicator wants another server to be installed.
        communicator: Any = ApplicationCommunicator
        self.socket = communicator(websocket_application(), scope)
        self.seen: list[dict[str, Any]] = []

    async def open(self) -> bool:
        """Whether the handshake was accepted."""
        await self.socket.send_input({"type": "websocket.connect"})
        answer = await self.socket.receive_output(timeout=20)
        return bool(answer["type"] == "websocket.accept")

    async def next(self) -> dict[str, Any]:
        """The next message."""
        event = await self.socket.receive_output(timeout=20)
        assert event["type"] == "websocket.send", event
        message: dict[str, Any] = json.loads(event["text"])
        self.seen.append(message)
        return message

    async def until(self, text: str) -> dict[str, Any]:
        """The next message whose content has that text."""
        while True:
            message = await self.next()
            if text in message.get("content", ""):
                return message

    async def closed(self) -> int:
        """The code with which the server closes, whatever it says before."""
        while True:
            event = await self.socket.receive_output(timeout=20)
            if event["type"] == "websocket.close":
                return int(event["code"])

    async def look(self, *, away: bool) -> None:
        """The person turns to another tab, or comes back."""
        await self.say("hidden" if away else "visible")

    async def say(self, text: str) -> None:
        """The page sends a word."""
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def close(self) -> None:
        """The page goes."""
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.socket.wait(timeout=10)
