"""Is Flagger asking? Phase by phase, strategy by strategy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gates.confirm_rules import Hook
from gates.overdue import Asking, Cause, Expectation, expect

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
START, TRAFFIC, PROMOTION, ROLLBACK = Hook.START, Hook.TRAFFIC, Hook.PROMOTION, Hook.ROLLBACK
RESTING = ["", "Initializing", "Initialized", "Succeeded", "Failed"]
ENDING = ["Promoting", "Finalising", "Terminating", "Terminated"]


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def asking(hook: Hook, phase: str, **changes: object) -> Asking:
    base = Asking(hook, phase, "canary", 10.0, last=ago(4), phase_since=ago(600))
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "cause"),
    [
        *((asking(hook, phase), Cause.NOT_NOW) for hook in Hook for phase in [*RESTING, *ENDING]
          if hook is not TRAFFIC),
        *((asking(hook, "Waiting"), Cause.NOT_NOW) for hook in (TRAFFIC, PROMOTION, ROLLBACK)),
        *((asking(hook, phase), Cause.NOT_NOW) for hook in (Hook.POST, Hook.EVENT)
          for phase in ("Waiting", "Progressing")),
        (asking(START, "Progressing"), Cause.NOT_NOW),
        (asking(TRAFFIC, "WaitingPromotion"), Cause.NOT_NOW),
        *((asking(TRAFFIC, "Progressing", strategy=name), Cause.NEVER_HERE)
          for name in ("blue/green", "a/b testing", "no analysis")),
        *((asking(hook, "Progressing", ready=False), Cause.NOT_READY) for hook in (TRAFFIC, ROLLBACK)),
        (asking(PROMOTION, "WaitingPromotion", ready=False), Cause.NOT_READY),
        (asking(PROMOTION, "Progressing"), Cause.NOT_AT_THE_END),
        *((asking(hook, phase, suspended=True), Cause.SUSPENDED) for hook in Hook
          for phase in ("Waiting", "Progressing", "WaitingPromotion")),
    ],
)  # fmt: skip
def test_what_flagger_does_not_ask_now_is_not_late(one: Asking, cause: Cause) -> None:
    assert expect(one, NOW) == Expectation(None, False, cause)
    assert expect(replace(one, last=ago(90_000)), NOW) == Expectation(None, False, cause)


@pytest.mark.parametrize(
    ("one", "seconds"),
    [
        (asking(START, "Waiting"), 10),
        # The canary is scaled to zero then.
        (asking(START, "Waiting", ready=False), 10),
        (asking(ROLLBACK, "Progressing"), 10),
        (asking(ROLLBACK, "WaitingPromotion"), 10),
        (asking(ROLLBACK, "Progressing", strategy="blue/green"), 10),
        (asking(TRAFFIC, "Progressing"), 10),
        # At the maximum as well.
        (asking(TRAFFIC, "Progressing", end=True), 10),
        (asking(PROMOTION, "WaitingPromotion"), 10),
        (asking(PROMOTION, "Progressing", end=True), 10),
        (asking(PROMOTION, "WaitingPromotion", strategy="blue/green"), 20),
        (asking(PROMOTION, "WaitingPromotion", strategy="a/b testing"), 20),
        (asking(PROMOTION, "WaitingPromotion", interval=60.0), 60),
    ],
)
def test_the_next_ask_is_due_after_the_last(one: Asking, seconds: int) -> None:
    assert expect(one, NOW) == Expectation(ago(4) + timedelta(seconds=seconds), False, Cause.NONE)


def test_overdue_is_after_three_intervals_and_not_at_them() -> None:
    assert not expect(asking(START, "Waiting", last=ago(30)), NOW).overdue
    assert expect(asking(START, "Waiting", last=ago(30.001)), NOW).overdue
    twice = asking(PROMOTION, "WaitingPromotion", strategy="blue/green", last=ago(59))
    assert not expect(twice, NOW).overdue
    assert expect(replace(twice, last=ago(61)), NOW).overdue


def test_a_phase_that_just_began_gives_flagger_its_time() -> None:
    fresh = asking(PROMOTION, "WaitingPromotion", last=ago(900), phase_since=ago(5))
    assert expect(fresh, NOW) == Expectation(ago(5) + timedelta(seconds=10), False, Cause.NONE)
    assert expect(replace(fresh, last=None), NOW).expected_by == ago(-5)
    assert expect(replace(fresh, last=None, phase_since=None), NOW) == Expectation(None, False, Cause.NONE)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"last": None}, Cause.NEVER_ASKED),
        ({"others_last": ago(500)}, Cause.SILENT),
        ({"others_last": ago(5)}, Cause.STOPPED_BEFORE),
        ({"others_last": ago(5), "failed_checks": 2}, Cause.CHECKS_FAIL),
        ({"last": None, "others_last": ago(5)}, Cause.STOPPED_BEFORE),
    ],
)
def test_a_late_ask_has_a_likely_cause(changes: dict[str, object], cause: Cause) -> None:
    late = replace(asking(TRAFFIC, "Progressing", last=ago(100)), **changes)  # type: ignore[arg-type]
    assert expect(late, NOW).overdue
    assert expect(late, NOW).cause is cause
