"""Numbers are given in the order of commits: whoever follows the log by number misses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import without_settings
from tests.support.tiers import ROOT

WRITERS, EACH = 4, 40


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_who_follows_several_writing_processes_reads_every_number_once(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = {
        **without_settings(os.environ),
        "HOST": "127.0.0.1",
        "AVIARY_CLUSTER": "demo",
        "AVIARY_DATA_DIR": str(tmp_path),
    }
    if database == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres").create()

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )

    def end(process: subprocess.Popen[str]) -> str:
        output, _errors = process.communicate(timeout=60)
        assert process.returncode == 0
        return output

    end(start("manage", "migrate", "--verbosity=0"))
    over = tmp_path / "over"
    reader = start("tests.search.racing", "follow", str(over))
    writers = [start("tests.search.racing", "write", str(seed), str(EACH)) for seed in range(WRITERS)]
    for writer in writers:
        end(writer)
    over.touch()
    read = [int(line) for line in end(reader).split()]
    assert len(read) >= WRITERS * EACH * 4 // 5
    assert read == list(range(1, len(read) + 1))
