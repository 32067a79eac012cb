"""Head and body leave together, in order, and nothing is lost when a connection ends."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from dashboard.joined_writes import LARGE, JoinedWrites


class Wire:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: object = None) -> object:
        return name


def joined(wire: Wire) -> JoinedWrites:
    return JoinedWrites(cast(Any, wire))


async def test_what_is_written_in_one_turn_is_sent_at_once() -> None:
    wire = Wire()
    writes = joined(wire)
    writes.write(b"head ")
    writes.write(b"body")
    assert wire.sent == []
    await asyncio.sleep(0)
    assert wire.sent == [b"head body"]
    writes.write(b"next")
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"next"]


async def test_closing_sends_what_is_held() -> None:
    wire = Wire()
    writes = joined(wire)
    writes.write(b"last words")
    writes.close()
    assert (wire.sent, writes.is_closing()) == ([b"last words"], True)
    await asyncio.sleep(0)
    assert wire.sent == [b"last words"]


async def test_much_is_not_held_back() -> None:
    wire = Wire()
    writes = joined(wire)
    writes.write(b"a")
    writes.write(b"b" * LARGE)
    assert wire.sent == [b"a" + b"b" * LARGE]
    await asyncio.sleep(0)
    assert len(wire.sent) == 1


async def test_nothing_is_written_once_the_other_side_has_gone() -> None:
    wire = Wire()
    joined(wire).write(b"too late")
    wire.closed = True
    await asyncio.sleep(0)
    assert wire.sent == []


async def test_everything_else_is_the_transports_own() -> None:
    assert joined(Wire()).get_extra_info("peername") == "peername"
    assert joined(Wire()).get_extra_info("socket") is None
