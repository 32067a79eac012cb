"""`manage.py serve` as people run it: a process of its own, on a free port, with its own data folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.support import prepared
from tests.support.environment import without_settings
from tests.support.prepared import ROOT

READY = re.compile(r"Aviary is ready at (http://\S+?):(\d+)\b")
ADMIN_PASSWORD = "a password for tests only"


class ServerError(Exception):
    """The server ended, or did not become ready in time; the text is its whole output."""


class Server:
    """One server. `environment` is added to the defaults; a free port is chosen on the first start and kept.
    Where SQLite has no file yet it gets a migrated one.

    After `start`: `url` (without a trailing slash), `port`, `output` (all it has printed so far).
    """

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.environment = {
            **without_settings(os.environ),
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "AVIARY_DATA_DIR": str(data_dir),
            "AVIARY_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "AVIARY_CLUSTER": "demo",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.program = ["manage.py"]
        self.process: subprocess.Popen[str] | None = None
        self.url, self.port = "", 0
        self._lines: list[str] = []
        self._reader: threading.Thread | None = None

    @property
    def output(self) -> str:
        """Everything printed since the first start, standard error included."""
        return "".join(self._lines)

    @property
    def pid(self) -> int:
        """The serving process."""
        assert self.process is not None
        return self.process.pid

    def start(self, timeout: float = 60) -> Server:
        """Start, or start again on the same port and data; return when it has said that it is ready."""
        assert self.process is None or self.process.poll() is not None, "it is still running"
        self.prepare()
        seen = len(self._lines)
        self.process = subprocess.Popen(
            [sys.executable, *self.program, "serve"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if ready := READY.search("".join(self._lines[seen:])):
                self.url, self.port = f"{ready[1]}:{ready[2]}", int(ready[2])
                self.environment["PORT"] = ready[2]
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.kill()
        raise ServerError(self.output)

    def prepare(self) -> None:
        """Put the migrated file there."""
        file = self.data_dir / prepared.FILE
        elsewhere = {"DATABASE_URL", "DATABASE_URL_FILE"} & self.environment.keys()
        if not (elsewhere or file.exists()):
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy(prepared.sqlite(), file)

    def manage(self, *arguments: str, module: str = "manage") -> str:
        """Run a management command, or another module, in this server's environment; return its output."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise ServerError(done.stdout + done.stderr)
        return done.stdout

    def add_people(self) -> None:
        """Create the cast of `tests.support.people` in this server's database."""
        self.manage(module="tests.support.people")

    def kill(self) -> None:
        """End it without warning, as a power cut would (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self._ended()

    def terminate(self) -> int:
        """Ask it to end (SIGTERM) and wait; returns the exit status."""
        assert self.process is not None
        self.process.terminate()
        return self._ended()

    def _ended(self) -> int:
        assert self.process is not None
        assert self._reader is not None
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait(20)
        self._reader.join(5)
        return status

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self._lines.append(line)


class NewServer(Server):
    """One that finds nothing in its folder, nor the folder: it has to migrate first."""

    def prepare(self) -> None:
        """Nothing is put there."""
