"""wrk, and what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("gates.lua")
CONNECTIONS = 16
WARM_UP, SECONDS = 1, 5


@dataclass(frozen=True, slots=True)
class Load:
    """Calls a second, the 99th percentile in seconds, and how many calls failed or were not 2xx."""

    rate: float
    p99: float
    failed: int

    def __str__(self) -> str:
        failed = f", {self.failed} FAILED" if self.failed else ""
        return f"{self.rate:,.0f}/s, p99 {self.p99 * 1000:.1f} ms{failed}"


def available() -> bool:
    """wrk is installed."""
    return shutil.which("wrk") is not None


def run(url: str, *arguments: str) -> Load:
    """CONNECTIONS callers for SECONDS, after a warm-up that does not count."""
    _wrk(url, WARM_UP, arguments)
    return _wrk(url, SECONDS, arguments)


def _wrk(url: str, seconds: int, arguments: tuple[str, ...]) -> Load:
    done = subprocess.run(
        ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s", "--timeout=10s",
         f"--script={SCRIPT}", url, "--", *arguments],
        capture_output=True, text=True, check=True, timeout=seconds + 30,
    )  # fmt: skip
    found = re.search(r"^RESULT (\d+) (\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    requests, taken, p99, failed = map(int, found.groups())
    return Load(requests / taken * 1e6, p99 / 1e6, failed)
