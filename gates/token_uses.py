"""When a token was last used: noted in memory, written beside the requests, at most once a minute each."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from datetime import UTC, datetime

from gates import api_tokens, webhook_tokens
from gates.reader import DatabaseUnavailable
from gates.thread_connection import with_connection

log = logging.getLogger(__name__)

# Seconds: between two writes for one token, and between looks at what was noted.
EVERY, PAUSE = 60.0, 2.0
WEBHOOK, API = "webhook", "api"
Use = tuple[str, int]

_noted: dict[Use, datetime] = {}
_written: dict[Use, float] = {}
_lock = threading.Lock()


def used(kind: str, number: int) -> None:
    """This token proved a caller just now."""
    use = (kind, number)
    # Most calls of a minute end here, without the lock.
    if number and use not in _noted and time.monotonic() - _written.get(use, -EVERY) >= EVERY:
        with _lock:
            _noted[use] = datetime.now(UTC)


async def run() -> None:
    """For ever: write what was noted. A database that does not answer is tried again."""
    while True:
        await asyncio.sleep(PAUSE)
        if _noted:
            await asyncio.to_thread(_flush)


def _flush() -> None:
    with _lock:
        noted, now = dict(_noted), time.monotonic()
        _noted.clear()
        _written.update(dict.fromkeys(noted, now))
    try:
        with_connection(lambda: _write(noted))
    except DatabaseUnavailable as error:
        log.warning("the last use of %s tokens is not written: %s", len(noted), error)


def _write(noted: dict[Use, datetime]) -> None:
    for (kind, number), at in noted.items():
        (webhook_tokens if kind == WEBHOOK else api_tokens).touch(number, at)
