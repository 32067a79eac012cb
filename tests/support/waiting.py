"""Waiting for a condition, with a bound: no test sleeps for a guessed time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


async def eventually(condition: Callable[[], object], what: str = "", limit: float = 20) -> None:
    """Return as soon as the condition holds; fail after `limit` seconds, saying what was waited for."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"waited {limit} s in vain: {what or condition}"
        await asyncio.sleep(0.005)


def until(condition: Callable[[], object], what: str = "", limit: float = 20) -> None:
    """The same, for a test that is not on an event loop."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"waited {limit} s in vain: {what or condition}"
        time.sleep(0.02)
