"""The index finds what going through the whole log finds, for every reader, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import without_settings
from tests.support.postgres import Postgres
from tests.support.tiers import ROOT


def compare(data: Path, seed: int, **environment: str) -> str:
    """What differs."""
    settings = {"HOST": "127.0.0.1", "AVIARY_CLUSTER": "demo", "AVIARY_DATA_DIR": str(data), **environment}
    done = subprocess.run(
        [sys.executable, "-m", "tests.search.compare", str(seed)],
        cwd=ROOT,
        env={**without_settings(os.environ), **settings},
        capture_output=True,
        text=True,
        timeout=110,
    )
    return done.stdout + done.stderr


def test_random_searches_on_sqlite(tmp_path: Path) -> None:
    assert compare(tmp_path, 1) == ""


@pytest.mark.postgres
def test_random_searches_on_postgres(tmp_path: Path, postgres: Postgres) -> None:
    assert compare(tmp_path, 2, DATABASE_URL=postgres.create()) == ""
