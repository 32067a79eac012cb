"""Tiers of tests that need more than Python: found, or left out with a reason; required in CI.

A pytest plugin. `AVIARY_REQUIRE_TIERS=1` turns a missing tier into a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def postgres_bin() -> Path | None:
    """The folder with `initdb` and `postgres`, the newest version first."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return versions[-1].parent if versions else None


def redis_server() -> str | None:
    """The server's program."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def kube_assets() -> Path | None:
    """The folder with `etcd` and `kube-apiserver`: KUBEBUILDER_ASSETS, else `../shared/envtest`."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    folder = Path(named) if named else ROOT.parent / "shared" / "envtest"
    return folder if all((folder / name).is_file() for name in ("etcd", "kube-apiserver")) else None


def chromium() -> str | None:
    """The browser's program."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


TIERS: dict[str, tuple[Callable[[], object], str]] = {
    "postgres": (postgres_bin, "no PostgreSQL server here (Debian: apt install postgresql)"),
    "redis": (redis_server, "no Redis server here (Debian: apt install redis-server)"),
    "kube": (
        kube_assets,
        "no kube-apiserver and etcd here (point KUBEBUILDER_ASSETS at them; setup-envtest fetches them)",
    ),
    "gettext": (lambda: shutil.which("xgettext"), "no gettext here (Debian: apt install gettext)"),
    "browser": (chromium, "no Chromium here (Debian: apt install chromium)"),
}


def required() -> bool:
    """CI accepts no missing tier."""
    return os.environ.get("AVIARY_REQUIRE_TIERS", "") not in ("", "0")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out a test of a missing tier, or fail it when tiers are required."""
    for mark in item.iter_markers():
        find, why = TIERS.get(mark.name, (None, ""))
        if find is not None and not find():
            (pytest.fail if required() else pytest.skip)(f"{mark.name}: {why}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tiers were left out, for people who read only the end."""
    skipped = terminalreporter.stats.get("skipped", [])
    for name, (_find, why) in TIERS.items():
        count = sum(f"Skipped: {name}: " in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.write_line(f"LEFT OUT: {count} tests of tier {name}: {why}", yellow=True)
