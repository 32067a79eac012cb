"""A yes and a freeze at once, on each database: one outcome, and the log has it in that order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gates.conftest import DATABASES, database
from tests.support.server import Server


@pytest.mark.parametrize("kind", DATABASES)
def test_a_yes_is_entered_before_the_freeze_or_not_given(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    server = Server(tmp_path / "data", **database(request, kind))
    server.prepare()
    found = json.loads(server.manage(module="tests.freezes.race").splitlines()[-1])
    for each in found["rounds"]:
        assert len(each["frozen"]) == 1
        assert len(each["answered"]) == each["told"], each
        assert all(number < each["frozen"][0] for number in each["answered"]), each
        assert each["again"] is False, each
    late = found["late"]
    assert (late["yes"], late["answered"], len(late["frozen"])) == (False, [], 1)
    assert found["verified"][1] == ""
