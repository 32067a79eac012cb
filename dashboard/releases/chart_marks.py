"""What is marked along a step chart: decisions and answers above it, failed checks below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dashboard.releases import spans
from dashboard.releases.chart_line import number

# Share of the width within which marks are drawn as one: narrower than a mark on a phone.
APART = 0.055
# A tip is as wide as this, in pixels; it hangs so that it never leaves the chart.
TIP = 230
MOST_TOLD = 4


class Kind(StrEnum):
    """What a mark stands for; its shape and colour. The more urgent comes later."""

    WEIGHT = "weight"
    OTHER = "other"
    ANSWER = "answer"
    APPROVE = "approve"
    REFUSE = "refuse"
    ROLLBACK = "rollback"
    FAILED = "check"


LETTERS = {
    Kind.WEIGHT: "",
    Kind.OTHER: "i",
    Kind.ANSWER: "Y",
    Kind.APPROVE: "A",
    Kind.REFUSE: "N",
    Kind.ROLLBACK: "R",
}
ORDER = list(Kind)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened. `text` is plain text in the reader's language; `letter` "" is the kind's."""

    at: datetime
    kind: Kind
    text: str
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Marks that are drawn as one. `across` such as `43.2%`, `left` the tip's shift in pixels."""

    across: str
    left: str
    first: datetime
    kind: Kind
    letter: str
    name: str
    told: tuple[Mark, ...]
    more: int


def spots(placed: Sequence[tuple[float, Mark]], begin: datetime, apart: float = APART) -> list[Spot]:
    """From (share of the width, mark); their names count time from `begin`. Those that are less than `apart`
    from the first are drawn with it."""
    groups: list[list[tuple[float, Mark]]] = []
    for share, mark in sorted(placed, key=lambda pair: pair[0]):
        if groups and share - groups[-1][0][0] < apart:
            groups[-1].append((share, mark))
        else:
            groups.append([(share, mark)])
    return [_spot(group, begin) for group in groups]


def _spot(group: Sequence[tuple[float, Mark]], begin: datetime) -> Spot:
    share, marks = group[0][0], [mark for _share, mark in group]
    # Of equally urgent ones the last: its letter counts the failed checks so far.
    first = max(reversed(marks), key=lambda mark: ORDER.index(mark.kind))
    told, more = tuple(marks[-MOST_TOLD:]), max(len(marks) - MOST_TOLD, 0)
    return Spot(
        across=f"{number(share * 100)}%",
        left=number(-share * TIP),
        first=marks[0].at,
        kind=first.kind,
        letter=first.letter or LETTERS.get(first.kind, "i"),
        name="; ".join(f"{after(mark.at, begin)}: {mark.text}" for mark in told),
        told=told,
        more=more,
    )


def after(at: datetime, begin: datetime) -> str:
    """`+12 min 30 s`; right in every zone."""
    return f"+{spans.words((at - begin).total_seconds())}"
