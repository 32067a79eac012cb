"""The language of the list's filter: text → terms → which canaries pass. Pure; nothing here raises.

A term is a word, or `field:value`; `!` before it turns it round, quotes keep blanks together. Of several
values for a field that a canary has once (`ns`, `phase`, `strategy`) one must fit; all other terms must.
A term that cannot mean anything is left out and named in `Parsed.problems`; the text stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from unicodedata import normalize

LONGEST = 500
MOST_TERMS = 30
QUOTE, NOT, LABEL = '"', "!", "label"
FLAGS = ("waiting", "suspended", "frozen", "unapproved", "warning")
STRATEGIES = ("canary", "blue/green", "a/b testing", "no analysis")
ALIASES = {"namespace": "ns"}
# A canary has one of each: several of them mean "one of these".
SINGLE = ("ns", "phase", "strategy", "cluster")
FIELDS = (*SINGLE, "image", "name", "is", LABEL)


class Wrong(StrEnum):
    """What keeps a term from being used as it stands."""

    EMPTY = "empty"
    QUOTE = "quote"
    FLAG = "flag"
    STRATEGY = "strategy"
    MANY = "many"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Problem:
    """`term` as it was typed. Terms with an open QUOTE are used all the same, the others are left out."""

    wrong: Wrong
    term: str


@dataclass(frozen=True, slots=True)
class Term:
    """`field` is "" for a word; `value` in lower case; `key` is a label's. `source` as it was typed."""

    field: str
    value: str
    source: str
    negated: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The terms that mean something, and what to say about the others."""

    terms: tuple[Term, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def phases(self) -> frozenset[str]:
        """The phases asked for, in lower case."""
        return frozenset(term.value for term in self.terms if term.field == "phase" and not term.negated)

    @property
    def without_phases(self) -> Parsed:
        """The same, whatever the phase."""
        kept = tuple(term for term in self.terms if term.field != "phase" or term.negated)
        return Parsed(kept, self.problems)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a canary can be found by, all in lower case: `where` is `namespace/name`, `image` every image
    name, old and new; `labels` as in its metadata; `flags` are of FLAGS; `cluster` is "" where there is only
    one: then `cluster:` finds a label of that name, like every other word before a colon."""

    where: str
    namespace: str
    name: str
    phase: str
    strategy: str
    image: str
    labels: Mapping[str, str] = field(hash=False)
    flags: frozenset[str]
    cluster: str = ""


Test = Callable[[Subject], bool]


def parse(text: str, phases: Mapping[str, str] | None = None) -> Parsed:
    """Read what somebody typed. `phases`: what else a phase may be called, as `squeezed` has it, and the
    word by which canaries are found."""
    problems = [Problem(Wrong.LONG, "")] if len(text) > LONGEST else []
    pieces = split(text[:LONGEST])
    if len(pieces) > MOST_TERMS:
        problems.append(Problem(Wrong.MANY, pieces[MOST_TERMS]))
    terms: list[Term] = []
    for piece in pieces[:MOST_TERMS]:
        if piece.count(QUOTE) % 2:
            problems.append(Problem(Wrong.QUOTE, piece))
        term = _term(piece)
        if isinstance(term, Term):
            terms.append(_known_phase(term, phases or {}) if term.field == "phase" else term)
        else:
            problems.append(Problem(term, piece))
    return Parsed(tuple(terms), tuple(problems))


def split(text: str) -> list[str]:
    """At blanks outside of quotes; the pieces joined by a blank mean the same as the text."""
    pieces, current, quoted = [], "", False
    for letter in text:
        if letter.isspace() and not quoted:
            pieces.append(current)
            current = ""
            continue
        quoted ^= letter == QUOTE
        current += " " if letter.isspace() else letter
    return [piece for piece in (*pieces, current) if piece]


def passing(parsed: Parsed) -> Test:
    """The test that a canary must pass."""
    every: list[Test] = []
    for name in SINGLE:
        wanted = frozenset(term.value for term in parsed.terms if term.field == name and not term.negated)
        if wanted:
            every.append(_one_of(name, wanted))
    for term in parsed.terms:
        if term.negated:
            every.append(_not(test_of(term)))
        elif term.field not in SINGLE:
            every.append(test_of(term))
    return lambda subject: all(test(subject) for test in every)


def test_of(term: Term) -> Test:
    """One term by itself, as if it were not negated."""
    value, key = term.value, term.key
    if term.field in SINGLE:
        return _one_of(term.field, frozenset({value}))
    if term.field == LABEL:
        return lambda subject: _labelled(subject.labels, key, value)
    return {
        "": lambda subject: value in subject.where,
        "name": lambda subject: value in subject.name,
        "image": lambda subject: value in subject.image,
        "is": lambda subject: value in subject.flags,
    }[term.field]


def fruitless(parsed: Parsed, subjects: Sequence[Subject]) -> list[Term]:
    """The terms that no canary at all passes: what to change when nothing is found."""
    wanted = [term for term in parsed.terms if not term.negated]
    return [term for term in wanted if not any(map(test_of(term), subjects))]


def joined(sources: Iterable[str]) -> str:
    """Terms as one text again."""
    return " ".join(sources)


def _term(piece: str) -> Term | Wrong:
    negated = piece.startswith(NOT) and len(piece) > 1
    body = piece[1:] if negated else piece
    if body in {NOT, ""} or not body.strip(QUOTE + " "):
        return Wrong.EMPTY
    name, colon, rest = body.partition(":")
    if not colon or not name or QUOTE in name:
        return Term("", _plain(body), piece, negated)
    name, value = ALIASES.get(name.lower(), name.lower()), _plain(rest)
    if not value:
        return Wrong.EMPTY
    if name == "is" and value not in FLAGS:
        return Wrong.FLAG
    if name == "strategy":
        known = {_letters(each): each for each in STRATEGIES}
        found = [each for short, each in known.items() if short.startswith(_letters(value))]
        return Term(name, found[0], piece, negated) if _letters(value) and found else Wrong.STRATEGY
    if name == LABEL:
        key, _equals, value = value.partition("=")
        return Term(LABEL, value, piece, negated, key) if key else Wrong.EMPTY
    if name not in FIELDS:
        return Term(LABEL, value, piece, negated, name)
    return Term(name, value, piece, negated)


def _plain(text: str) -> str:
    return text.replace(QUOTE, "").strip().lower()


def _known_phase(term: Term, phases: Mapping[str, str]) -> Term:
    value = squeezed(term.value)
    return replace(term, value=phases.get(value, value))


def squeezed(text: str) -> str:
    """A phase as it is compared: without blanks, in lower case, its letters composed in one way."""
    return "".join(normalize("NFC", text).lower().split())


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _labelled(labels: Mapping[str, str], key: str, value: str) -> bool:
    """The key may be the part after `/`; without a value the label must only be there."""
    return any(
        (name == key or name.rpartition("/")[2] == key) and value in {"", found}
        for name, found in labels.items()
    )


def _one_of(name: str, values: frozenset[str]) -> Test:
    if name == "ns":
        return lambda subject: subject.namespace in values
    if name == "phase":
        return lambda subject: subject.phase in values
    if name == "cluster":
        return lambda subject: (
            subject.cluster in values
            if subject.cluster
            else any(_labelled(subject.labels, name, value) for value in values)
        )
    return lambda subject: subject.strategy in values


def _not(test: Test) -> Test:
    return lambda subject: not test(subject)
