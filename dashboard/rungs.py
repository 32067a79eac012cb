"""One rung of a release's ladder, and where on the ladder a phase is."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.said import Voice

DONE, NOW, NEXT, BAD = "done", "now", "next", "bad"
# Of a failed release: where it did not come, and where nobody knows.
MISSED, UNKNOWN = "missed", "unknown"
# Above this many steps the ladder draws them as one rung of small marks.
MOST_RUNGS = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """One step of a long ladder."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Rung:
    """`state` is one of those above; `gate`: Flagger asks here; `marks`: many steps in one rung;
    `people`: who approved it, with both clocks."""

    label: str
    state: str
    note: str = ""
    gate: bool = False
    marks: tuple[Mark, ...] = ()
    people: tuple[Voice, ...] = ()


# Start gate, steps, promotion gate, promoting, finalising, done; -1: nothing has begun.
PLACES = {
    "Waiting": 0,
    "Progressing": 1,
    "WaitingPromotion": 2,
    "Promoting": 3,
    "Finalising": 4,
    "Succeeded": 5,
}


def state(at: int, place: int) -> str:
    """Of a rung at `place` while the release is `at` another."""
    return NEXT if at < place else NOW if at == place else DONE
