"""One row of the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a row is about; the values are the filter's, in addresses."""

    DECISION = "decisions"
    FLAGGER = "flagger"
    CHANGE = "changes"


@dataclass(frozen=True, slots=True)
class Happening:
    """`at` the latest of `count` times since `first`. `text` is safe HTML or plain text, `quote` somebody's
    own words, `link` the log's entry, `source` who told it, in a word; `machine`: no person did it."""

    at: datetime
    kind: Kind
    text: str
    source: str
    warning: bool = False
    count: int = 1
    first: datetime | None = None
    quote: str = ""
    link: str = ""
    machine: bool = True
