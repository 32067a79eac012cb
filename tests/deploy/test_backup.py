"""Backups as docs/backup.md makes them, of a server that goes on deciding; what is restored is whole."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.gates.calls import APPROVED, FORBIDDEN, ask
from tests.support.postgres import Postgres
from tests.support.server import Server
from tests.support.tiers import ROOT

DOCUMENT = (ROOT / "docs" / "backup.md").read_text(encoding="utf-8")
KEPT = {"namespace": "shop", "name": "kept"}
LATER = {"namespace": "shop", "name": "later"}


def documented(beginning: str) -> list[str]:
    """The words of the command that begins so."""
    (line,) = [line for line in DOCUMENT.splitlines() if line.startswith(beginning)]
    return shlex.split(line)


@contextmanager
def deciding(server: Server) -> Iterator[None]:
    """One gate is open by now, others are opened and closed all the time."""
    assert ask(server, "/gate/open", _body(KEPT))[0] == 202
    stopping, begun = threading.Event(), threading.Event()

    def work() -> None:
        number = 0
        while not stopping.is_set():
            body = _body({"namespace": "shop", "name": f"canary-{number % 7}"})
            assert ask(server, "/gate/close" if number % 2 else "/gate/open", body)[0] == 202
            number += 1
            if number > 20:
                begun.set()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert begun.wait(30)
        yield
    finally:
        stopping.set()
        worker.join(30)


def _body(canary: dict[str, str]) -> bytes:
    return f'{{"name": "{canary["name"]}", "namespace": "{canary["namespace"]}"}}'.encode()


def whole(server: Server) -> int:
    """The log is proven, and the database guards it; the number of entries."""
    said = server.manage("audit", "verify")
    assert "triggers" not in said
    found = re.search(r"(\d+) entries", said)
    assert found is not None, said
    return int(found[1])


def restored(server: Server, before: int) -> None:
    """What was decided before the backup is there, what came after is not, and it goes on from there."""
    assert whole(server) >= before
    assert ask(server, "/gate/check", _body(KEPT)) == APPROVED
    assert ask(server, "/gate/check", _body(LATER)) == FORBIDDEN
    assert ask(server, "/gate/open", _body(LATER))[0] == 202
    assert whole(server) > before


def test_sqlite_is_backed_up_while_it_serves_and_restored(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    command = documented("kubectl -n flagger exec deployment/aviary -- python -c")
    (code,) = [word for word in command if word.startswith("import sqlite3")]
    with deciding(server):
        before = whole(server)
        there = code.replace("/data/", f"{server.data_dir}/")
        subprocess.run([sys.executable, "-c", there], check=True, timeout=60)
    assert ask(server, "/gate/open", _body(LATER))[0] == 202
    server.kill()
    # The place of the data, a day later: a log of what nobody restores lies beside it.
    for name in ("-wal", "-shm"):
        (server.data_dir / f"aviary.sqlite3{name}").unlink(missing_ok=True)
    (server.data_dir / "backup.sqlite3").replace(server.data_dir / "aviary.sqlite3")
    server.start()
    restored(server, before)


@pytest.mark.postgres
def test_postgres_is_dumped_while_it_serves_and_restored(
    serve: Serve, postgres: Postgres, tmp_path: Path
) -> None:
    address, other = postgres.create(), postgres.create(empty=True)
    server = serve(DATABASE_URL=address)

    def run(beginning: str, database: str) -> None:
        words = documented(beginning)
        words = [word.replace("$DATABASE_URL", database) for word in words]
        words = [word.replace("aviary.dump", str(tmp_path / "aviary.dump")) for word in words]
        subprocess.run([postgres.programs / words[0], *words[1:]], check=True, timeout=60)

    with deciding(server):
        before = whole(server)
        run("pg_dump", address)
    assert ask(server, "/gate/open", _body(LATER))[0] == 202
    server.kill()
    run("pg_restore", other)
    restored(serve(tmp_path / "other", DATABASE_URL=other), before)
