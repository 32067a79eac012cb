"""Replicas as processes on one database, each database: at once, one of them killed without warning."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.gates.conftest import DATABASES, database
from tests.releases.expected import EXPECTED
from tests.releases.records import expected
from tests.support.prepared import ROOT
from tests.support.server import Server
from tests.support.traces import NAMES

KILLED, OTHER, AGAIN = 1, 2, 3


def replica(server: Server, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.releases.replaying", "replay", str(seed)]
    return subprocess.Popen(
        command, cwd=ROOT, env=server.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def finished(process: subprocess.Popen[str]) -> None:
    output, _none = process.communicate(timeout=100)
    assert process.returncode == 0, output
    assert output == "done\n"


@pytest.mark.parametrize("kind", DATABASES)
def test_processes_on_one_database_agree_when_one_is_killed(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    server = Server(tmp_path / "data", **database(request, kind))
    server.prepare()
    killed = replica(server, KILLED)
    other = replica(server, OTHER)
    try:
        time.sleep(2)
        killed.kill()
        killed.communicate(timeout=20)
        finished(replica(server, AGAIN))
        finished(other)
    finally:
        for process in (killed, other):
            process.kill()
            process.wait(20)
    shown = json.loads(server.manage("show", module="tests.releases.replaying").splitlines()[-1])
    for trace in NAMES:
        by_hand = [expected(trace, record) for record in EXPECTED[trace]]
        wanted = [{**each, "changed_lines": sorted(each["changed_lines"])} for each in by_hand]
        for each in shown[trace]:
            # Each recording has a day of its own, and a replica one clock for all.
            each["gaps"] = []
        assert shown[trace] == json.loads(json.dumps(wanted)), trace
