"""What the watch saw, in words: only what is different than before."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.timeline.changes import State, happenings

AT = datetime(2026, 11, 24, tzinfo=UTC)


def words(*states: State) -> list[tuple[str, bool]]:
    return [(each.text, each.warning) for each in happenings(states)]


def test_only_what_changed_is_told() -> None:
    assert words(
        State(1, AT, "Progressing", 0, 0, 0),
        State(1, AT, "Progressing", 0, 0, 0, mirrored=100),
        State(1, AT, "Progressing", 10, 0, 0),
        State(1, AT, "Progressing", 10, 1, 0),
        State(1, AT, "Progressing", 10, 1, 0),
        State(1, AT, "WaitingPromotion", 10, 0, 0),
        State(1, AT, "Failed", 0, 0, 0),
    ) == [
        ("Progressing", False),
        ("mirrored 0 → 100 %", False),
        ("weight 0 → 10 % · mirrored 100 → 0 %", False),
        ("failed checks 1", True),
        ("Progressing → Waiting promotion", False),
        ("Waiting promotion → Failed · weight 10 → 0 %", True),
    ]


def test_another_release_begins_anew() -> None:
    assert words(State(1, AT, "Failed", 0, 2, 0), State(2, AT, "Progressing", 0, 0, 1)) == [
        ("Failed · failed checks 2", True),
        ("Progressing · iteration 1", False),
    ]


def test_iterations_count_up_only() -> None:
    first = State(1, AT, "Progressing", 0, 0, -1)
    assert words(first, State(1, AT, "Progressing", 0, 0, 2), State(1, AT, "Progressing", 0, 0, 1)) == [
        ("Progressing", False),
        ("iteration 2", False),
    ]
