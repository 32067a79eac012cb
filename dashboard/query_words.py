"""What the list says about its filter: which term could not be used, and what to write instead."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard import phases, query
from dashboard.entry import phase_word
from dashboard.listing import Listing
from dashboard.query import Problem, Term, Wrong
from gates import clusters


def notes(listing: Listing) -> list[str]:
    """One sentence for each."""
    return [*map(_problem, listing.problems), *map(_fruitless, listing.fruitless)]


def _problem(problem: Problem) -> str:
    texts = {
        Wrong.EMPTY: _("“%(term)s” was left out: write a value behind it, such as ns:payments."),
        Wrong.QUOTE: _("“%(term)s” has a quote that does not end: write another one where it should."),
        Wrong.FLAG: _("“%(term)s” was left out: is: takes %(flags)s."),
        Wrong.STRATEGY: _("“%(term)s” was left out: strategy: takes canary, blue/green, a/b or none."),
        Wrong.MANY: _("Only the first %(most)d terms are used; “%(term)s” and what follows are left out."),
        Wrong.LONG: _("Only the first %(longest)d letters of the filter are used: shorten it."),
    }
    return texts[problem.wrong] % {
        "term": problem.term,
        "flags": ", ".join(query.FLAGS),
        "most": query.MOST_TERMS,
        "longest": query.LONGEST,
    }


def _fruitless(term: Term) -> str:
    if term.field == query.LABEL or (term.field == "cluster" and not clusters.several()):
        text = _("“%(term)s” finds nothing: no canary has that label. Other fields are %(fields)s.")
    elif term.field == "phase":
        text = _("“%(term)s” finds nothing: no canary is in that phase. Phases are %(phases)s.")
    elif term.field == "ns":
        text = _("“%(term)s” finds nothing: no canary is in that namespace. Write its whole name.")
    else:
        text = _("“%(term)s” finds nothing by itself: take it out, or shorten it.")
    return text % {
        "term": term.source,
        "fields": ", ".join(f"{name}:" for name in _fields()),
        "phases": ", ".join(map(phase_word, phases.PHASES)),
    }


def _fields() -> list[str]:
    unsaid = {query.LABEL} if clusters.several() else {query.LABEL, "cluster"}
    return [name for name in query.FIELDS if name not in unsaid]
