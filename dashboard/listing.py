"""Which canaries a list shows, in which order: read from the address, so that it can be shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard import phases
from dashboard.known import Known

ROWS = 100
LONGEST_QUERY = 500
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Query:
    """The filter as typed, and the page wanted (from 1)."""

    text: str = ""
    page: int = 1

    @classmethod
    def read(cls, text: str, page: str) -> Query:
        """From an address; anything odd reads as no filter, page 1."""
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        return cls(" ".join(text[:LONGEST_QUERY].split()), max(number, 1))

    def address(self, *, text: str | None = None, page: int = 1) -> str:
        """The query string of another filter or page."""
        wanted = {"q": self.text if text is None else text, "page": page if page > 1 else ""}
        return urlencode({name: value for name, value in wanted.items() if value})

    @property
    def words(self) -> list[str]:
        """The filter's words, without the phase."""
        return [word for word in self.text.split() if not word.lower().startswith("phase:")]

    @property
    def phase(self) -> str | None:
        """The phase asked for, in lower case; the last one wins."""
        named = [word[6:].lower() for word in self.text.split() if word.lower().startswith("phase:")]
        return named[-1] if named else None

    def with_phase(self, phase: str | None) -> str:
        """The same words with another phase."""
        return " ".join([*self.words, *([f"phase:{phase.lower()}"] if phase is not None else [])])


@dataclass(frozen=True, slots=True)
class Count:
    """How many canaries that pass the words are in a phase; `phase` None: in any."""

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
    """One window of the list. `inbox`: who waits, over all canaries, whatever the filter."""

    query: Query
    keys: tuple[Key, ...]
    inbox: tuple[Key, ...]
    counts: tuple[Count, ...]
    found: int
    total: int
    page: int
    pages: int

    @property
    def earlier(self) -> str:
        """The address of the page before, "" on the first."""
        return "?" + self.query.address(page=self.page - 1) if self.page > 1 else ""

    @property
    def later(self) -> str:
        """The address of the next page, "" on the last."""
        return "?" + self.query.address(page=self.page + 1) if self.page < self.pages else ""

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1."""
        return (self.page - 1) * ROWS + 1


def urgency(known: Known) -> tuple[int, str, str]:
    """Sorts the list: who needs a person first, then by name."""
    canary = known.view.canary
    rank = 1 if canary.problem else phases.of(canary.phase).urgency
    if known.waiting or known.unapproved:
        rank = 0
    return rank, canary.name, canary.namespace


def listing(everything: Iterable[Known], query: Query) -> Listing:
    """Filter, sort, cut a page."""
    ordered = sorted(everything, key=urgency)
    worded = [known for known in ordered if matches(known, query.words)]
    counted = Counter(known.view.canary.phase for known in worded)
    wanted = query.phase
    found = [known for known in worded if wanted is None or known.view.canary.phase.lower() == wanted]
    pages = max((len(found) + ROWS - 1) // ROWS, 1)
    page = min(query.page, pages)
    shown = found[(page - 1) * ROWS : page * ROWS]
    return Listing(
        query=query,
        keys=tuple(known.view.key for known in shown),
        inbox=tuple(known.view.key for known in ordered if known.waiting),
        counts=_counts(counted, query),
        found=len(found),
        total=len(ordered),
        page=page,
        pages=pages,
    )


def matches(known: Known, words: Iterable[str]) -> bool:
    """Every word must be found: `ns:` in the namespace only, others in the name or namespace."""
    canary = known.view.canary
    for word in words:
        field, colon, value = word.partition(":")
        if colon and field.lower() == "ns":
            if canary.namespace != value.lower():
                return False
        elif word.lower() not in f"{canary.namespace}/{canary.name}":
            return False
    return True


def _counts(counted: Counter[str], query: Query) -> tuple[Count, ...]:
    names = sorted(counted, key=lambda name: (phases.of(name).urgency, name))
    every = Count(
        None, sum(counted.values()), query.phase is None, "?" + query.address(text=query.with_phase(None))
    )
    return (
        every,
        *(
            Count(
                name,
                counted[name],
                query.phase == name.lower(),
                "?" + query.address(text=query.with_phase(name)),
            )
            for name in names
        ),
    )
