"""The title, and what must be said before anything else: stale, suspended, unapproved, frozen."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import rollback_story
from dashboard.canary import Canary, Strategy
from dashboard.freezes import one
from dashboard.sections.look import Look


def context(look: Look) -> Mapping[str, object]:
    """`story`: how far a requested rollback is."""
    return {
        "strategy": strategy(look.canary),
        "story": rollback_story.of(look.known, look.states),
        "freezes": one.on(look.view),
    }


def strategy(canary: Canary) -> str:
    """The strategy's name as Flagger's documentation writes it."""
    names = {
        Strategy.CANARY: "Canary",
        Strategy.BLUE_GREEN: "Blue/Green",
        Strategy.AB_TEST: "A/B testing",
        Strategy.NONE: "–",
    }
    return names[canary.strategy]
