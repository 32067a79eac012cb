"""A database as those see it who come past Aviary."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.gates.conftest import database
from tests.support.prepared import ROOT
from tests.support.server import Server

ERRORS = (sqlite3.Error, psycopg.Error)


class Raw:
    """The database, without Aviary."""

    def __init__(self, server: Server) -> None:
        self.url = server.environment.get("DATABASE_URL", "")
        self.postgres = self.url.startswith("postgres")
        self.path = server.data_dir / "aviary.sqlite3"

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Its rows."""
        with closing(self._connect()) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def _connect(self) -> Any:
        if self.postgres:
            return psycopg.connect(self.url, autocommit=True)
        return sqlite3.connect(self.path, isolation_level=None)


def prepared(request: pytest.FixtureRequest, kind: str, folder: Path) -> Server:
    """A database of this kind that is ready; nothing serves it."""
    made = Server(folder / "data", **database(request, kind))
    made.prepare()
    return made


def writers(server: Server, count: int, each: int) -> list[subprocess.Popen[str]]:
    """Processes that decide."""
    command = [sys.executable, "-m", "tests.chain.writing", str(each)]
    return [
        subprocess.Popen(command, cwd=ROOT, env=server.environment, stdout=subprocess.PIPE, text=True)
        for _number in range(count)
    ]


def write(server: Server, count: int) -> list[tuple[int, str]]:
    """So many entries; numbers and hashes of all that are there."""
    (process,) = writers(server, 1, count)
    process.communicate(timeout=60)
    assert process.returncode == 0
    return [
        (seq, kept) for seq, kept in Raw(server).run("SELECT seq, hash FROM gates_auditentry ORDER BY seq")
    ]
