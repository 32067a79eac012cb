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
    "kube": (
        kube_assets,
        "no kube-apiserver and etcd here (point KUBEBUILDER_ASSETS at them; setup-envtest fetches them)",
    ),
    "browser": (chromium, "no Chromium here (Debian: apt install chromium)"),
}
LEFT_OUT = pytest.StashKey[dict[str, int]]()


def required() -> bool:
    """CI accepts no missing tier."""
    return os.environ.get("AVIARY_REQUIRE_TIERS", "") not in ("", "0")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests of missing tiers, or fail them when tiers are required."""
    missing = {name: why for name, (find, why) in TIERS.items() if not find()}
    counts: dict[str, int] = {}
    for item in items:
        for name in missing.keys() & {mark.name for mark in item.iter_markers()}:
            counts[name] = counts.get(name, 0) + 1
            if not required():
                item.add_marker(pytest.mark.skip(reason=f"{name}: {missing[name]}"))
    config.stash[LEFT_OUT] = counts
    if required() and counts:
        raise pytest.UsageError(
            "AVIARY_REQUIRE_TIERS is set, and these tests cannot run: "
            + "; ".join(f"{name} ({missing[name]})" for name in counts)
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tiers were left out, for people who read only the end."""
    skipped = terminalreporter.stats.get("skipped", [])
    for name, (_find, why) in TIERS.items():
        count = sum(f"{name}: {why}" in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.write_line(f"LEFT OUT: {count} tests of tier {name}: {why}", yellow=True)
