"""SQLite: a read takes microseconds, so it is made on the event loop itself, without waiting for locks."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

from django.db import connection

from gates.database_file import DatabaseFile
from gates.keys import GateKey
from gates.reader import DatabaseUnavailable, converters, select, state
from gates.rules import CLOSED, GateState

# Seconds between looks at the file, and between tries while the database is busy.
LOOK_AFTER = 0.5
RETRY = 0.02


class SqliteReader:
    """One connection, only for reading, used on one event loop."""

    def __init__(self) -> None:
        self.file = DatabaseFile(str(connection.settings_dict["NAME"]))
        self._query = select("= ?")
        self._convert = converters("sqlite")
        self._connection: sqlite3.Connection | None = None
        self._looked = 0.0

    async def get(self, key: GateKey, deadline: float) -> GateState:
        """The gate now."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            try:
                return self._get(key.digest, now)
            except (sqlite3.Error, FileNotFoundError) as error:
                self._drop()
                if now + RETRY > deadline:
                    raise DatabaseUnavailable(str(error)) from error
            await asyncio.sleep(RETRY)

    async def close(self) -> None:
        """Let go of the file."""
        self._drop()

    def _get(self, digest: str, now: float) -> GateState:
        if now - self._looked > LOOK_AFTER:
            # A file that was replaced (a restored backup) stays readable through the old connection.
            self._looked = now
            if self.file.changed():
                self._drop()
        if self._connection is None:
            self._connection = self._open()
        # Only a finished statement ends the read transaction; an open one would keep an old state.
        rows = self._connection.execute(self._query, (digest,)).fetchall()
        return state(rows[0], self._convert) if rows else CLOSED

    def _open(self) -> sqlite3.Connection:
        self.file.remember()
        # Mode rw: a missing file must not come into being as an empty database.
        opened = sqlite3.connect(f"{self.file.uri}?mode=rw", uri=True, timeout=0, isolation_level=None)
        opened.execute("PRAGMA query_only = ON")
        return opened

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
