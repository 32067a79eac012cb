"""Database connections of threads beside the event loop.

The writer's has short waits for locks, and a way out of a stuck server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import ParamSpec, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db import Error as DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from gates.database_file import DatabaseFile
from gates.reader import DatabaseUnavailable
from gates.reader_postgres import hang_up

P = ParamSpec("P")
T = TypeVar("T")

# Milliseconds to wait for a lock; whoever waits longer tries again until its own deadline.
LOCK_WAIT = 400


class ThreadConnection:
    """Made in any thread, used in one, interrupted from others."""

    def __init__(self) -> None:
        self._file: DatabaseFile | None = None
        self._wrapper: BaseDatabaseWrapper | None = None
        self._known: object = None
        self._busy_since = 0.0

    @contextmanager
    def ready(self) -> Iterator[None]:
        """For one transaction through `django.db.connection`: connects when needed.

        An error closes the connection, so that the next transaction starts anew.
        """
        self._busy_since = time.monotonic()
        try:
            if connection.vendor == "sqlite":
                self._same_file()
            if connection.connection is None or connection.connection is not self._known:
                self._open()
            yield
        except BaseException:
            self.close()
            raise
        finally:
            self._busy_since = 0.0

    def interrupt(self, *, older_than: float) -> None:
        """From another thread: end a transaction that has been under way for `older_than` seconds."""
        since, wrapper = self._busy_since, self._wrapper
        if not since or time.monotonic() - since < older_than:
            return
        if wrapper is not None and isinstance(wrapper.connection, psycopg.Connection):
            hang_up(wrapper.connection)

    def close(self) -> None:
        """Let go of the connection."""
        self._known = None
        connection.close()

    def _open(self) -> None:
        if connection.vendor == "postgresql":
            # Not from the pool: the shorter wait for locks must stay with this thread.
            options = {k: v for k, v in connection.settings_dict["OPTIONS"].items() if k != "pool"}
            connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
            statement = f"SET lock_timeout = {LOCK_WAIT}"
        else:
            statement = f"PRAGMA busy_timeout = {LOCK_WAIT}"
        connection.close()
        self._wrapper = connections[DEFAULT_DB_ALIAS]
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(statement)
        self._known = connection.connection

    def _same_file(self) -> None:
        """A change must never be committed to a file that has lost its name."""
        if self._file is None:
            self._file = DatabaseFile(str(connection.settings_dict["NAME"]))
        if self._known is None:
            self._file.remember()
        elif self._file.changed():
            self.close()
            self._file.remember()


def with_connection(work: Callable[[], T]) -> T:
    """Run `work` on a connection of this thread's, and give it back: all threads share one small pool."""
    try:
        return _lent(work)
    except DatabaseError as error:
        raise DatabaseUnavailable(str(error)) from error


async def beside(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Run `work` in a thread beside the event loop, likewise; raises what it raises."""
    return await asyncio.to_thread(_lent, partial(work, *args, **named))


def _lent(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connection.close()
