"""The rule book: a yes needs a live opening, whatever else is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.facts import Facts, Unreadable
from gates.keys import GATE, ROLLBACK
from gates.rules import CLOSED, End, GateState, Look, answer, ended

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)
PHASES = [
    "", "Initializing", "Initialized", "Waiting", "Progressing", "WaitingPromotion", "Promoting",
    "Finalising", "Succeeded", "Failed", "Terminating", "Terminated", "Odd",
]  # fmt: skip


def facts(phase: str = "Waiting", revision: str = "r1", checksum: str = "c0", at: datetime = NOW) -> Facts:
    return Facts(revision, ("app:2",), phase, 0, 10, "canary", (), checksum, at)


def opened(**changes: object) -> GateState:
    """Opened in the browser while Waiting, bound to r1."""
    base: dict[str, object] = {
        "open": True, "decision": 7, "changed_at": BEFORE, "bound": True,
        "revision": "r1", "checksum": "c0", "opened_phase": "Waiting",
    }  # fmt: skip
    return GateState(**(base | changes))  # type: ignore[arg-type]


moments = st.sampled_from([BEFORE - timedelta(minutes=1), BEFORE, NOW, NOW + timedelta(hours=2)])
gates = st.builds(
    GateState,
    open=st.booleans(),
    decision=st.just(7),
    changed_at=st.just(BEFORE),
    bound=st.booleans(),
    revision=st.sampled_from(["", "r1", "r2"]),
    checksum=st.sampled_from(["c0", "c1"]),
    opened_phase=st.sampled_from(PHASES),
    until=st.none() | moments,
    answered_at=st.none() | moments,
)
known = st.builds(
    facts, phase=st.sampled_from(PHASES), revision=st.sampled_from(["", "r1", "r2"]),
    checksum=st.sampled_from(["c0", "c1"]), at=moments,
)  # fmt: skip
anything = st.none() | st.just(Unreadable("no answer")) | known


@given(st.sampled_from([GATE, ROLLBACK]), gates, anything, moments)
def test_a_yes_needs_an_open_gate_whose_time_has_not_passed(
    kind: str, gate: GateState, seen: Facts | Unreadable | None, now: datetime
) -> None:
    verdict = answer(kind, gate, seen, now)
    if verdict.yes:
        assert gate.open
        assert gate.until is None or now < gate.until
        assert verdict.ends is None
        assert verdict.look is None
        assert verdict.first == (gate.answered_at is None)


@given(gates, anything, moments)
def test_a_bound_gate_says_yes_only_for_its_revision_seen_after_the_decision(
    gate: GateState, seen: Facts | Unreadable | None, now: datetime
) -> None:
    if gate.bound and gate.revision and answer(GATE, gate, seen, now).yes:
        assert isinstance(seen, Facts)
        assert seen.revision == gate.revision
        assert seen.observed_at >= BEFORE
        assert seen.phase not in {"Terminated"}


@given(gates, anything, moments)
def test_a_rollback_is_stopped_only_by_its_end_never_by_ignorance(
    gate: GateState, seen: Facts | Unreadable | None, now: datetime
) -> None:
    verdict = answer(ROLLBACK, gate, seen, now)
    if gate.open and seen is not None and not verdict.yes:
        assert verdict.ends is not None


@given(st.sampled_from([GATE, ROLLBACK]), gates, anything, moments)
def test_what_a_script_opened_stays_open_until_it_is_closed(
    kind: str, gate: GateState, seen: Facts | Unreadable | None, now: datetime
) -> None:
    if gate.open and not gate.bound and gate.until is None:
        assert answer(kind, gate, seen, now).yes


@given(gates, known, moments)
def test_an_expired_gate_stays_expired(gate: GateState, seen: Facts, now: datetime) -> None:
    if ended(gate, seen, now) is End.EXPIRED:
        assert ended(gate, seen, now + timedelta(days=1)) is End.EXPIRED


def test_a_closed_gate_says_no_without_looking() -> None:
    assert answer(GATE, CLOSED, None, NOW).why == "closed"


def test_the_first_yes_of_a_bound_gate_is_read_live_and_later_ones_from_memory() -> None:
    assert answer(GATE, opened(), None, NOW).look is Look.LIVE
    assert answer(GATE, opened(answered_at=NOW), None, NOW).look is Look.MEMORY
    assert answer(ROLLBACK, opened(), None, NOW).look is Look.MEMORY


def test_a_rollback_asked_for_blindly_still_looks_whether_its_release_has_ended() -> None:
    blind = opened(revision="", checksum="", opened_phase="")
    assert answer(ROLLBACK, blind, None, NOW).look is Look.MEMORY
    assert answer(ROLLBACK, blind, facts("Progressing"), NOW).yes
    assert answer(ROLLBACK, blind, facts("Failed", checksum="c1"), NOW).ends is End.RELEASE_ENDED


def test_facts_older_than_the_decision_are_read_again() -> None:
    old = facts(at=BEFORE - timedelta(seconds=1))
    assert answer(GATE, opened(), old, NOW).look is Look.LIVE


@pytest.mark.parametrize(
    ("opened_in", "phase", "checksum", "over"),
    [
        ("Waiting", "Waiting", "c0", False),
        ("Waiting", "Progressing", "c1", False),
        ("Waiting", "WaitingPromotion", "c1", False),
        ("Waiting", "Promoting", "c1", False),
        ("Waiting", "Succeeded", "c1", True),
        ("Waiting", "Failed", "c1", True),
        # A restart hid the end: the canary waits again, for another release of the same template.
        ("Waiting", "Waiting", "c1", True),
        ("Progressing", "Waiting", "c0", True),
        ("Progressing", "Succeeded", "c0", True),
        # Opened before Flagger noticed the new revision.
        ("Succeeded", "Succeeded", "c0", False),
        ("Succeeded", "Waiting", "c0", False),
        ("Succeeded", "Progressing", "c1", False),
        ("Succeeded", "Succeeded", "c1", True),
        ("Failed", "Failed", "c1", True),
    ],
)
def test_a_gate_opened_in_the_browser_ends_with_its_release(
    opened_in: str, phase: str, checksum: str, over: bool
) -> None:
    end = ended(opened(opened_phase=opened_in), facts(phase, checksum=checksum), NOW)
    assert end == (End.RELEASE_ENDED if over else None)


def test_a_newer_revision_ends_it_in_every_phase() -> None:
    for phase in PHASES:
        assert ended(opened(), facts(phase, revision="r2"), NOW) is End.NEW_REVISION


def test_kept_open_until_a_time_it_outlives_the_release_and_ends_then() -> None:
    gate = opened(bound=False, revision="", until=NOW + timedelta(minutes=1))
    assert ended(gate, facts("Succeeded", revision="r2"), NOW) is None
    assert ended(gate, None, NOW + timedelta(minutes=1)) is End.EXPIRED
