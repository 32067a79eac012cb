"""`python -m benchmarks [name …]`: measure all figures, or the named ones, and print them as a table.

Each figure is a module of this package with `measure(world) -> Iterable[Figure]`. Loads are bounded in
count and time and stay on this machine. The exit status is 1 when a promise is not held.
"""

from __future__ import annotations

import importlib
import platform
import sys
import tempfile
from collections.abc import Iterable
from os import cpu_count
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.world import World

NAMES = ("start", "gates", "audit", "memory", "shift", "page", "detail", "live", "replicas")
MARKS = {True: "held", False: "MISSED", None: ""}


def main(names: Iterable[str]) -> int:
    """Measure, print each row as soon as it is known, and say whether all promises were held."""
    print(f"{cpu_count()} cores, Python {platform.python_version()}, load generator included\n")
    print(f"{'what':<62} {'at least / at most':<26} {'measured':<44}")
    missed = 0
    with tempfile.TemporaryDirectory(prefix="aviary-bench-") as scratch, World(Path(scratch)) as world:
        for name in names:
            for figure in importlib.import_module(f"benchmarks.{name}").measure(world):
                _print(figure)
                missed += figure.held is False
    return 1 if missed else 0


def _print(figure: Figure) -> None:
    print(f"{figure.what:<62} {figure.target:<26} {figure.measured:<44} {MARKS[figure.held]}", flush=True)


if __name__ == "__main__":
    wanted = sys.argv[1:] or NAMES
    if unknown := set(wanted) - set(NAMES):
        sys.exit(f"No such figure: {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.")
    sys.exit(main(wanted))
