"""Websocket compression that is passed over for short messages.

A row is two kilobytes. Squeezing it anew for each of twenty viewers fifty times a second costs more than
drawing it; a whole list, sent when a page connects, shrinks to a tenth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from websockets.extensions.base import Extension
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.typing import ExtensionName, ExtensionParameter

# Bytes below which a message goes as it is. Each message says by itself whether it is compressed (RFC 7692).
SHORT = 8 * 1024


class LongOnly(Extension):
    """Compression as agreed with the other side, for long messages."""

    name = ExtensionName("permessage-deflate")

    def __init__(self, agreed: Extension) -> None:
        self.agreed = agreed

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """Whatever the other side sends."""
        return self.agreed.decode(frame, max_size=max_size)

    def encode(self, frame: Frame) -> Frame:
        """Only what is long."""
        return frame if len(frame.data) < SHORT else self.agreed.encode(frame)


class LongOnlyFactory(ServerPerMessageDeflateFactory):
    """Agrees on the usual compression."""

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], Any]:
        """As the library does."""
        answer, agreed = super().process_request_params(params, accepted_extensions)
        return answer, LongOnly(agreed)
