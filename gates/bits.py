"""Sets of positions in a segment of the log: as whole numbers to reckon with, as bytes to keep. Pure.

Kept as sorted 16-bit positions where they are few, else one bit for each position; the length tells.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator

SEGMENT = 8192  # entries, and positions
MAP = SEGMENT // 8  # bytes
ALL = (1 << SEGMENT) - 1


def pack(positions: Iterable[int]) -> bytes:
    """Sorted positions below SEGMENT, as bytes."""
    few = array("H", positions)
    if 2 * len(few) < MAP:
        if sys.byteorder == "big":
            few.byteswap()
        return few.tobytes()
    return mask(few).to_bytes(MAP, "little")


def unpack(raw: bytes) -> int:
    """The same as bits of a whole number."""
    if len(raw) == MAP:
        return int.from_bytes(raw, "little")
    few = array("H", raw)
    if sys.byteorder == "big":
        few.byteswap()
    return mask(few)


def mask(positions: Iterable[int]) -> int:
    """A bit for each position."""
    room = bytearray(MAP)
    for position in positions:
        room[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(room, "little")


def between(first: int, last: int) -> int:
    """Bits for the positions `first` to `last`; both may lie outside the segment."""
    first, last = max(first, 0), min(last, SEGMENT - 1)
    return (1 << (last + 1)) - (1 << first) if first <= last else 0


def positions(bits: int, *, highest_first: bool) -> Iterator[int]:
    """The positions of the bits."""
    while bits:
        position = bits.bit_length() - 1 if highest_first else (bits & -bits).bit_length() - 1
        yield position
        bits ^= 1 << position
