"""A real PostgreSQL server for tests: a pytest plugin with the session fixture `postgres`."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.support import prepared
from tests.support.ports import free_port
from tests.support.tiers import TIERS, postgres_bin, required

# initdb refuses to work for root; Debian's package brings this account.
ACCOUNT = "postgres" if os.geteuid() == 0 else None


class Postgres:
    """One server on a free port. `durable`: commits wait for the disk, as in production."""

    def __init__(self, programs: Path, *, durable: bool = False) -> None:
        self.programs, self.durable = programs, durable
        # Not pytest's own folder, which the server's account may not enter.
        self.folder = Path(tempfile.mkdtemp(prefix="aviary-postgres-"))
        if ACCOUNT:
            shutil.chown(self.folder, ACCOUNT, ACCOUNT)
        self.data = self.folder / "data"
        self.port = free_port()
        self._migrated = ""
        self._run("initdb", "--pgdata", self.data, "--username=aviary", "--auth=trust", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--no-sync")  # fmt: skip

    def start(self) -> Postgres:
        """Start, and return when it answers."""
        fsync = "on" if self.durable else "off"
        self._run(
            "pg_ctl", "start", "--wait", "--silent", "--pgdata", self.data, "--log", self.folder / "log",
            "--options", f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c fsync={fsync}",
        )  # fmt: skip
        return self

    def stop(self) -> None:
        """Stop at once; connections are cut."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=fast", "--pgdata", self.data)

    def remove(self) -> None:
        """Stop, and take the files away."""
        self.resume()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def pause(self) -> None:
        """Stop every process where it is: connections stay, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def create(self, *, empty: bool = False) -> str:
        """Create a database, migrated unless it is to be `empty`; its DATABASE_URL."""
        if empty:
            return self.url(self._create("template1"))
        if not self._migrated:
            made = self._create("template1")
            prepared.migrate(self.folder, DATABASE_URL=self.url(made))
            self._migrated = made
        return self.url(self._create(self._migrated))

    def _create(self, template: str) -> str:
        name = f"aviary_{secrets.token_hex(6)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgres://aviary@127.0.0.1:{self.port}/{database}"

    def _signal(self, number: signal.Signals) -> None:
        parent = int((self.data / "postmaster.pid").read_text().split()[0])
        # First, so that it begins no other meanwhile.
        os.kill(parent, number)
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            with suppress(ProcessLookupError):  # A connection's process has ended meanwhile.
                os.kill(int(child), number)

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            user=ACCOUNT,
            group=ACCOUNT,
            extra_groups=[] if ACCOUNT else None,
            stdin=subprocess.DEVNULL,
            # A file: the server keeps what it is started with open, and a pipe would never end.
            stdout=(output := open(self.folder / "output", "w+")),  # noqa: SIM115
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        output.seek(0)
        text = output.read()
        output.close()
        assert done.returncode == 0, f"{program} failed: {text}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server, for this process's tests."""
    programs = postgres_bin()
    if programs is None:
        (pytest.fail if required() else pytest.skip)(f"postgres: {TIERS['postgres'][1]}")
    server = Postgres(programs)
    try:
        yield server.start()
    finally:
        server.remove()
