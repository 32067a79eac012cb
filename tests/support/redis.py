"""A real Redis for tests: a pytest plugin with the session fixture `redis`."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.tiers import TIERS, redis_server, required


class Redis:
    """One server on a free port, with a password. It keeps nothing across a stop."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.folder = Path(tempfile.mkdtemp(prefix="aviary-redis-"))
        self.password = secrets.token_hex(12)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """REDIS_URL."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self, limit: float = 20) -> Redis:
        """Start, and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                    "--appendonly", "no", "--requirepass", self.password, "--dir", str(self.folder),
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + limit
        while not self.say("PING").startswith("+PONG"):
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "Redis does not answer"
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """End it without warning."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
            self._process = None

    def say(self, *command: str) -> str:
        """One command's raw answer; "" when nobody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                line.sendall(f"AUTH {self.password}\r\n{' '.join(command)}\r\n".encode())
                answers = line.makefile()
                answers.readline()
                return answers.readline()
        except OSError:
            return ""

    def told(self, section: str) -> str:
        """A section of INFO, without its first line."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(f"AUTH {self.password}\r\nINFO {section}\r\nQUIT\r\n".encode())
            with line.makefile() as answers:
                return answers.read()

    def remove(self) -> None:
        """Stop, and take the files away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A running server, for this process's tests."""
    program = redis_server()
    if program is None:
        (pytest.fail if required() else pytest.skip)(f"redis: {TIERS['redis'][1]}")
    server = Redis(program)
    try:
        yield server.start()
    finally:
        server.remove()
