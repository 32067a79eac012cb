"""Which canaries a list shows, in which order: read from the address, so that it can be shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard import phases, query
from dashboard.entry import Entry, Place, phase_word
from dashboard.query import Parsed, Problem, Term

ROWS = 100
LONGEST_NUMBER = 5


@dataclass(frozen=True, slots=True)
class Query:
    """The filter as typed, and the page wanted (from 1)."""

    text: str = ""
    page: int = 1

    @classmethod
    def read(cls, found: QueryDict) -> Query:
        """From an address; a page that is none reads as the first. One letter more than may be is kept, so
        that it can be said."""
        page = found.get("page", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) <= LONGEST_NUMBER else 1
        text = found.get("q", "")[: query.LONGEST + 1]
        return cls(query.joined(query.split(text)), max(number, 1))

    @property
    def parsed(self) -> Parsed:
        """What the text means; a phase may be called by what its chip says in the reader's language."""
        labels = {query.squeezed(str(each.label)): phase_word(name) for name, each in phases.PHASES.items()}
        return query.parse(self.text, labels)

    @property
    def address(self) -> str:
        """The query string that shows this; "" for everything."""
        wanted = {"q": self.text, "page": self.page if self.page > 1 else ""}
        return urlencode({name: value for name, value in wanted.items() if value})

    def with_phase(self, phase: str | None) -> Query:
        """The same text with another phase, or with any (None)."""
        asked = {term.source for term in self.parsed.terms if term.field == "phase" and not term.negated}
        pieces = [piece for piece in query.split(self.text) if piece not in asked]
        if phase is not None:
            word = phase_word(phase)
            pieces.append(f"phase:{word}" if word.isalnum() else f'phase:"{word}"')
        return Query(query.joined(pieces))


@dataclass(frozen=True, slots=True)
class Count:
    """How many canaries that pass the other terms are in a phase; `phase` None: in any."""

    phase: str | None
    number: int
    chosen: bool
    address: str

    @property
    def label(self) -> object:
        """The phase's word."""
        return phases.of(self.phase or "").label


@dataclass(frozen=True, slots=True)
class Listing:
    """One window of the list. `fruitless`: the terms to blame when nothing was found."""

    query: Query
    keys: tuple[Place, ...]
    counts: tuple[Count, ...]
    problems: tuple[Problem, ...]
    fruitless: tuple[Term, ...]
    found: int
    total: int
    page: int
    pages: int

    @property
    def earlier(self) -> str:
        """The address of the page before, "" on the first."""
        return "?" + Query(self.query.text, self.page - 1).address if self.page > 1 else ""

    @property
    def later(self) -> str:
        """The address of the next page, "" on the last."""
        return "?" + Query(self.query.text, self.page + 1).address if self.page < self.pages else ""


def listing(ordered: Sequence[Entry], wanted: Query) -> Listing:
    """Filter and cut a page. `ordered`: all that may be seen, by rank."""
    parsed = wanted.parsed
    others, chosen = parsed.without_phases, parsed.phases
    if others.terms:
        test = query.passing(others)
        passed = [entry for entry in ordered if test(entry.subject)]
    else:
        passed = list(ordered)
    counted = Counter(entry.known.view.canary.phase for entry in passed)
    found = [entry for entry in passed if entry.subject.phase in chosen] if chosen else passed
    pages = max((len(found) + ROWS - 1) // ROWS, 1)
    page = min(wanted.page, pages)
    return Listing(
        query=wanted,
        keys=tuple(entry.key for entry in found[(page - 1) * ROWS : page * ROWS]),
        counts=_counts(counted, chosen, wanted),
        problems=parsed.problems,
        fruitless=() if found else tuple(query.fruitless(parsed, [entry.subject for entry in ordered])),
        found=len(found),
        total=len(ordered),
        page=page,
        pages=pages,
    )


def _counts(counted: Counter[str], chosen: frozenset[str], wanted: Query) -> tuple[Count, ...]:
    """All, then each phase that some canary is in, or that is asked for, in the order of urgency."""
    names = {*counted, *(name for name in phases.PHASES if phase_word(name) in chosen)}
    ordered = sorted(names, key=lambda name: (phases.of(name).urgency, name))
    every = Count(None, sum(counted.values()), not chosen, _link(wanted, None))
    return every, *(
        Count(name, counted[name], phase_word(name) in chosen, _link(wanted, name)) for name in ordered
    )


def _link(wanted: Query, phase: str | None) -> str:
    return "?" + wanted.with_phase(phase).address
