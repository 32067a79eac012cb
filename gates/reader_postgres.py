"""PostgreSQL: everyone who asks while a query is under way shares the next one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from typing import Any

import psycopg
from django.db import connection

from gates.keys import GateKey
from gates.reader import DatabaseUnavailable, converters, select, state
from gates.rules import CLOSED, GateState

log = logging.getLogger(__name__)

# Seconds for connecting or for one query, and between tries.
PATIENCE = 1.2
RETRY = 0.05

Waiting = tuple[str, "asyncio.Future[GateState]"]


class PostgresReader:
    """One connection and one task, on one event loop."""

    def __init__(self) -> None:
        # Django's own settings for the connection, without what belongs to its own cursors.
        own = {"context", "cursor_factory"}
        self._params = {k: v for k, v in connection.get_connection_params().items() if k not in own}
        self._query = select("= ANY(%s)", "key")
        self._convert = converters("postgresql")
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._waiting: list[Waiting] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: GateKey, deadline: float) -> GateState:
        """The gate now."""
        if self._task is None:
            self._task = asyncio.create_task(self._serve())
        future: asyncio.Future[GateState] = asyncio.get_running_loop().create_future()
        self._waiting.append((key.digest, future))
        self._wake.set()
        try:
            async with asyncio.timeout_at(deadline):
                return await future
        except TimeoutError as error:
            raise DatabaseUnavailable("PostgreSQL did not answer in time") from error

    async def close(self) -> None:
        """End the task and the connection."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._drop()

    async def _serve(self) -> None:
        failed = False
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch = [(digest, future) for digest, future in self._waiting if not future.done()]
            self._waiting = []
            if not batch:
                continue
            try:
                found = await self._find([digest for digest, _ in batch])
                failed = False
            except (psycopg.Error, OSError, TimeoutError) as error:
                if not failed:
                    log.warning("PostgreSQL cannot be read: %s", error)
                failed = True
                await self._drop()
                # Back in line: each of them waits until its own deadline.
                self._waiting[:0] = batch
                self._wake.set()
                await asyncio.sleep(RETRY)
                continue
            for digest, future in batch:
                if not future.done():
                    future.set_result(found.get(digest, CLOSED))

    async def _find(self, digests: list[str]) -> dict[str, GateState]:
        if self._connection is None:
            async with asyncio.timeout(PATIENCE):
                self._connection = await psycopg.AsyncConnection.connect(**self._params, autocommit=True)
        query = asyncio.create_task(self._rows(self._connection, digests))
        try:
            _done, late = await asyncio.wait({query}, timeout=PATIENCE)
        except asyncio.CancelledError:
            hang_up(self._connection)
            raise
        if late:
            hang_up(self._connection)
        return {row[0]: state(row[1:], self._convert) for row in await query}

    async def _rows(self, opened: psycopg.AsyncConnection[Any], digests: list[str]) -> list[tuple[Any, ...]]:
        cursor = await opened.execute(self._query, (digests,))
        return await cursor.fetchall()

    async def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await self._connection.close()
            self._connection = None


def hang_up(opened: psycopg.AsyncConnection[Any] | psycopg.Connection[Any]) -> None:
    """End a connection whose server is stuck: whoever waits on it gets an error at once.

    Cancelling the query would ask the same server, and closing the descriptor would pull it from under
    the waiting side.
    """
    with contextlib.suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(opened.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
