"""The policy in a webhook's metadata: typos never let a release through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates import policy


def test_without_metadata_one_approval_of_anybody_is_enough() -> None:
    found = policy.read({})
    assert (found.approvals, found.group, found.reason_required, found.deadline) == (1, "", False, None)
    assert (found.problem, found.warnings) == ("", ())


def test_everything_can_be_asked_for() -> None:
    found = policy.read(
        {
            "approvals": "2", "group": "sre", "reason": "required", "deadline": "1h30m",
            "on-deadline": "rollback", "on-unapproved": "rollback",
        }
    )  # fmt: skip
    assert (found.approvals, found.group, found.reason_required) == (2, "sre", True)
    assert (found.deadline, found.on_deadline) == (timedelta(minutes=90), "rollback")
    assert found.on_unapproved == "rollback"
    assert (found.problem, found.warnings) == ("", ())


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        ({"approvals": "two"}, "approvals"),
        ({"approvals": "0"}, "approvals"),
        ({"approvals": "21"}, "approvals"),
        ({"approvals": "٢"}, "approvals"),
        ({"group": " "}, "group"),
        ({"reason": "yes"}, "reason"),
        ({"deadline": "4 hours"}, "deadline"),
        ({"deadline": "-1h"}, "deadline"),
        ({"deadline": "0s"}, "deadline"),
        ({"deadline": "2000h"}, "deadline"),
        ({"deadline": "1h", "on-deadline": "promote"}, "on-deadline"),
        ({"on-unapproved": "panic"}, "on-unapproved"),
    ],
)
def test_a_bad_value_is_a_problem_that_names_it(metadata: dict[str, str], named: str) -> None:
    assert policy.read(metadata).problem.startswith(f"{named}:")


def test_unknown_keys_and_idle_ones_are_warned_about() -> None:
    found = policy.read({"aprovals": "2", "on-deadline": "reject"})
    assert found.problem == ""
    assert len(found.warnings) == 2
    assert "aprovals" in found.warnings[0]
    assert "deadline" in found.warnings[1]


@given(st.dictionaries(st.sampled_from([*policy.KEYS, "other"]), st.text(max_size=30), max_size=7))
def test_anything_can_be_read(metadata: dict[str, str]) -> None:
    found = policy.read(metadata)
    assert found.problem or 1 <= found.approvals <= policy.MOST_APPROVALS
