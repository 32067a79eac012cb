"""The decisions on offer."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import deciding, rollback_story
from dashboard.interventions import options
from dashboard.sections.look import Look


def context(look: Look) -> Mapping[str, object]:
    """`hindrance`: what would keep Flagger from hearing of a rollback; `more`: changes of the cluster."""
    story = rollback_story.of(look.known, look.states)
    return {
        "hindrance": "" if story else rollback_story.hindrance(look.known, look.states),
        "comment": deciding.comment(look.known, look.may_decide),
        "more": options.more(look.known, look.access),
    }
