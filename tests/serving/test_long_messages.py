"""Short messages of a live page travel as they are, long ones compressed, and any browser reads both."""

from __future__ import annotations

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from dashboard.long_messages import SHORT, LongOnly


def test_what_is_long_is_compressed_and_all_of_it_is_read() -> None:
    server, browser = (
        LongOnly(PerMessageDeflate(False, False, 15, 15)),
        PerMessageDeflate(False, False, 15, 15),
    )
    for data in (b"row" * 10, b"list" * SHORT, b"row" * 11, b"list" * SHORT, b""):
        sent = server.encode(Frame(Opcode.TEXT, data))
        assert sent.rsv1 == (len(data) >= SHORT)
        assert browser.decode(sent).data == data
        answer = browser.encode(Frame(Opcode.TEXT, data))
        assert server.decode(answer).data == data
