"""uvicorn's websocket protocol, which compresses only long messages.

Named to uvicorn as a text: what it builds on warns about its age when it is imported.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_impl import WebSocketProtocol

from dashboard.long_messages import LongOnlyFactory


class LightWebSocketProtocol(WebSocketProtocol):
    """For `uvicorn.Config(ws=…)`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.available_extensions = [LongOnlyFactory()]
