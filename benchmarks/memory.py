"""Memory of the serving process with 1,000 canaries and their 2,000 Deployments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, not_measured
from benchmarks.world import Missing, World

WHAT, TARGET, MOST = "memory of the serving process, 1,000 canaries", "≤ 200 MB", 200


def measure(world: World) -> Iterator[Figure]:
    """Resident size after the first lists, and after the list page was drawn ten times."""
    try:
        visitor = world.visitor()
    except Missing as missing:
        yield not_measured(WHAT, TARGET, str(missing))
        return
    for _ in range(10):
        visitor.get("/").raise_for_status()
    size, peak = resident(world.server.pid)
    yield Figure(WHAT, TARGET, f"{size:.0f} MB (peak {peak:.0f} MB)", size <= MOST)


def resident(pid: int) -> tuple[float, float]:
    """Resident size now and at its highest, in MB."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = {
        name: int(number) for name, number in re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", text, re.MULTILINE)
    }
    return found["VmRSS"] * 1024 / 1e6, found["VmHWM"] * 1024 / 1e6
