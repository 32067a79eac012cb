"""The ladder of this canary's strategy."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import ladder, ladder_remarks
from dashboard.sections.look import Look


def context(look: Look) -> Mapping[str, object]:
    """Its rungs, from the start gate to done, and what they do not tell."""
    mirroring = any(rule.mirror for route in look.around.routes for rule in route.rules)
    return {
        "ladder": ladder.ladder(look.known, mirroring),
        "remarks": ladder_remarks.remarks(look.view),
    }
