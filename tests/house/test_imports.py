"""Who may import whom: two pipelines, one file that knows Kubernetes, plain files without Django."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.sources import ROOT, imports, python_files, short

PLAIN = (
    "dashboard.canary",
    "dashboard.watcher",
    "dashboard.store",
    "gates.rules",
    "gates.payload",
)


def importers(package: str, *folders: str) -> set[str]:
    """Files below `folders` that import `package` or a part of it."""
    return {
        short(path)
        for path in python_files(*folders)
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    }


def test_gates_never_import_the_dashboard() -> None:
    assert importers("dashboard", "gates") == set()


def test_only_cluster_py_imports_the_kubernetes_client() -> None:
    assert importers("kubernetes", "dashboard", "gates") == {"dashboard/cluster.py"}


def test_only_one_file_imports_apprise() -> None:
    assert importers("apprise", "dashboard", "gates") == {"dashboard/notify/targets.py"}


@pytest.mark.parametrize("module", PLAIN)
def test_plain_files_run_without_django(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in sys.modules if name.split('.')[0] == 'django'])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert loaded.stdout.strip() == ""
