"""A database that does not answer: 503 before long, and all is well again when it is back."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path

import psycopg
import pytest

from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, OK, Answer, ask, call, somebody
from tests.gates.conftest import Entries, Launch
from tests.support.postgres import Postgres
from tests.support.server import Server

# Seconds, several times what is promised: without the server's own limit a call would never end.
LIMIT = 10.0


def check(server: Server, who: dict[str, object], switch: str = "/gate") -> Answer:
    return call(server, f"{switch}/check", who, timeout=LIMIT)


def recovers(server: Server, who: dict[str, object], expected: tuple[int, bytes], limit: float = 30) -> None:
    """Within `limit` seconds the answer is the expected one again."""
    deadline = time.monotonic() + limit
    while (got := check(server, who)[:2]) != expected:
        assert got[0] == 503, got
        assert time.monotonic() < deadline, server.output


def is_away(server: Server, who: dict[str, object]) -> None:
    """Checks, first yeses and readiness are 503, without Retry-After; fixed answers stay."""
    for path in ("/gate/check", "/rollback/check", "/readyz"):
        answer = call(server, path, who, timeout=LIMIT)
        assert answer.status == 503
        assert "retry-after" not in answer.headers
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert ask(server, "/gate/approve") == OK
    assert ask(server, "/healthz") == OK


def actions(entries: Entries, server: Server, who: dict[str, object]) -> list[str]:
    return [one["action"] for one in entries(server, who)]


@pytest.fixture(scope="module")
def on_postgres(launch_here: Launch, postgres: Postgres) -> Server:
    return launch_here("away-postgres", DATABASE_URL=postgres.create())


@pytest.fixture(scope="module")
def on_sqlite(launch_here: Launch) -> Server:
    return launch_here("away-sqlite")


@pytest.mark.postgres
def test_a_postgres_that_hangs(on_postgres: Server, postgres: Postgres, entries: Entries) -> None:
    opened, asked, new = somebody(), somebody(), somebody()
    for who in (opened, asked):
        ask(on_postgres, "/gate/open", who)
    assert check(on_postgres, asked)[:2] == APPROVED
    postgres.pause()
    try:
        is_away(on_postgres, asked)
        assert ask(on_postgres, "/gate/open", new)[0] == 503
    finally:
        postgres.resume()
    recovers(on_postgres, asked, APPROVED)
    recovers(on_postgres, opened, APPROVED)
    assert ask(on_postgres, "/gate/open", new) == ACCEPTED
    assert (
        actions(entries, on_postgres, asked)
        == actions(entries, on_postgres, opened)
        == ["gate.opened", "answer.approved"]
    )


@pytest.mark.postgres
def test_a_postgres_that_is_restarted(on_postgres: Server, postgres: Postgres) -> None:
    who = somebody()
    ask(on_postgres, "/gate/open", who)
    assert check(on_postgres, who)[:2] == APPROVED
    postgres.stop()
    try:
        is_away(on_postgres, who)
    finally:
        postgres.start()
    recovers(on_postgres, who, APPROVED)
    assert ask(on_postgres, "/gate/close", who) == ACCEPTED
    assert check(on_postgres, who)[:2] == FORBIDDEN


@pytest.mark.postgres
def test_a_postgres_whose_log_is_locked(on_postgres: Server, postgres: Postgres, entries: Entries) -> None:
    opened, closed = somebody(), somebody()
    ask(on_postgres, "/gate/open", opened)
    with psycopg.connect(on_postgres.environment["DATABASE_URL"]) as other:
        other.execute("SELECT * FROM gates_audithead FOR UPDATE")
        assert check(on_postgres, closed)[:2] == FORBIDDEN
        assert check(on_postgres, opened).status == 503
        assert ask(on_postgres, "/gate/close", opened)[0] == 503
        other.rollback()
    assert check(on_postgres, opened)[:2] == APPROVED
    # What was answered with 503 has not happened.
    assert actions(entries, on_postgres, opened) == ["gate.opened", "answer.approved"]


def test_a_writer_that_holds_sqlite(on_sqlite: Server, entries: Entries) -> None:
    opened, closed = somebody(), somebody()
    ask(on_sqlite, "/gate/open", opened)
    other = sqlite3.connect(on_sqlite.data_dir / "aviary.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert check(on_sqlite, closed)[:2] == FORBIDDEN
    assert check(on_sqlite, opened).status == 503
    assert ask(on_sqlite, "/gate/close", opened)[0] == 503
    other.execute("ROLLBACK")
    other.close()
    assert check(on_sqlite, opened)[:2] == APPROVED
    assert actions(entries, on_sqlite, opened) == ["gate.opened", "answer.approved"]


def test_a_sqlite_folder_that_is_taken_away_and_put_back(on_sqlite: Server, tmp_path: Path) -> None:
    who = somebody()
    ask(on_sqlite, "/gate/open", who)
    assert check(on_sqlite, who)[:2] == APPROVED
    on_sqlite.data_dir.rename(tmp_path / "aside")
    deadline = time.monotonic() + 30
    while check(on_sqlite, who).status != 503:
        assert time.monotonic() < deadline
    is_away(on_sqlite, who)
    (tmp_path / "aside").rename(on_sqlite.data_dir)
    recovers(on_sqlite, who, APPROVED)
    assert ask(on_sqlite, "/gate/close", who) == ACCEPTED
    assert check(on_sqlite, who)[:2] == FORBIDDEN


def test_a_sqlite_file_that_is_replaced_by_a_backup(launch: Launch, tmp_path: Path, entries: Entries) -> None:
    server = launch()
    who, backup = somebody(), tmp_path / "backup"
    ask(server, "/gate/open", who)
    source, copy = sqlite3.connect(server.data_dir / "aviary.sqlite3"), sqlite3.connect(backup)
    source.backup(copy)
    source.close()
    copy.close()
    ask(server, "/gate/close", who)
    assert check(server, who)[:2] == FORBIDDEN
    for more in ("-wal", "-shm"):
        (server.data_dir / f"aviary.sqlite3{more}").unlink()
    shutil.move(backup, server.data_dir / "aviary.sqlite3")
    deadline = time.monotonic() + 30
    while check(server, who)[:2] != APPROVED:
        assert time.monotonic() < deadline
    assert ask(server, "/rollback/open", who) == ACCEPTED
    assert actions(entries, server, who) == ["gate.opened", "answer.approved", "rollback.requested"]
