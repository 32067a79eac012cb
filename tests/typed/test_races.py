"""Two at once, on both databases: one outcome, and the log tells it in the same order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.environment import without_settings
from tests.support.postgres import Postgres
from tests.support.prepared import ROOT

WAITING = "waiting for approval 1 of 1"
Rounds = list[dict[str, list[Any]]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rounds]:
    """Every race's rounds, run in a process of its own on a database of its own."""
    folder: Path = tmp_path_factory.mktemp("races")
    environment = {
        **without_settings(os.environ),
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "AVIARY_DATA_DIR": str(folder),
    }
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        environment["DATABASE_URL"] = server.create()
    done = subprocess.run(
        [sys.executable, "-m", "tests.typed.races"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["problem"] == ""
    races: dict[str, Rounds] = found["races"]
    return races


def actions(one: dict[str, list[Any]]) -> list[str]:
    return [action for action, _actor, _outcome in one["log"]]


def test_a_quorum_is_complete_once(outcomes: dict[str, Rounds]) -> None:
    for one in outcomes["quorum"]:
        *_said, first, second, after, again = one["answers"]
        assert after == again == "Approved"
        assert {first, second} <= {f"waiting for approval {n} of 2" for n in (1, 2)} | {"Approved"}
        # The yes comes after both approvals, and is entered once whoever asked.
        assert actions(one) == ["approval.granted", "approval.granted", "answer.approved"]


def test_an_approval_never_lets_a_newer_revision_through(outcomes: dict[str, Rounds]) -> None:
    for one in outcomes["new_revision"]:
        said, _arrived, asked, after = one["answers"]
        assert after in {WAITING, "revision changed"}
        # Refused, or entered for the revision that was seen; Flagger may have been told before the change.
        assert said in ("revision-changed", ["approval.granted", "changed"])
        assert (asked == "Approved") == ("answer.approved" in actions(one))
        if asked == "Approved":
            assert actions(one) == ["approval.granted", "answer.approved"]


def test_a_double_click_is_one_approval(outcomes: dict[str, Rounds]) -> None:
    for one in outcomes["double_click"]:
        assert [outcome for _action, _actor, outcome in one["log"]] == ["changed", *["unchanged"] * 3]
        assert one["answers"][-1] == "waiting for approval 2 of 2"


def test_a_deadline_and_an_approval_have_one_order(outcomes: dict[str, Rounds]) -> None:
    for one in outcomes["deadline"]:
        *_together, after = one["answers"]
        if "approval.rejected" in actions(one):
            # The policy came first: what was said after it changes nothing.
            assert one["log"][0][:2] == ["approval.rejected", "policy (deadline)"]
            assert actions(one) == ["approval.rejected", "approval.granted"]
            assert after.startswith("rejected by policy (deadline)")
        else:
            assert actions(one) == ["approval.granted", "answer.approved"]
            assert after == "Approved"


def test_an_approval_is_taken_back_or_told_and_not_both(outcomes: dict[str, Rounds]) -> None:
    for one in outcomes["withdrawal"]:
        taken_back, asked, after = one["answers"]
        if taken_back == "told-already":
            assert (asked, after) == ("Approved", "Approved")
            assert actions(one) == ["approval.granted", "answer.approved", "close.refused"]
        else:
            assert (asked, after) == (WAITING, WAITING)
            assert actions(one) == ["approval.granted", "approval.withdrawn"]


def test_a_rejection_stops_what_was_not_told_before_it(outcomes: dict[str, Rounds]) -> None:
    for one in outcomes["rejection"]:
        assert one["answers"][-1] == "rejected by hana: no"
        if "answer.approved" in actions(one):
            assert actions(one).index("answer.approved") < actions(one).index("approval.rejected")
