"""Servers that start together prepare the database one after the other."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

# Any number that nothing else in the database locks.
ADVISORY_LOCK = 0x41766961


_held = False


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the right to migrate: a file lock beside SQLite, an advisory lock in Postgres.

    Whoever has it may ask again. It ends with the connection, so one who is killed keeps nobody waiting.
    """
    global _held
    if _held:
        yield
        return
    with _lock():
        _held = True
        try:
            yield
        finally:
            _held = False


@contextmanager
def _lock() -> Iterator[None]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    else:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.DATA_DIR / ".preparing").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
