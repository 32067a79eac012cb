"""The ladder of this canary's strategy."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import ladder, ladder_remarks
from dashboard.ladder_failed import Fallen
from dashboard.releases import fallen
from dashboard.sections.look import Look
from gates.keys import subject


def context(look: Look) -> Mapping[str, object]:
    """Its rungs, from the start gate to done, and what they do not tell."""
    mirroring = any(rule.mirror for route in look.around.routes for rule in route.rules)
    return {
        "ladder": ladder.ladder(look.known, mirroring, _fallen(look)),
        "remarks": ladder_remarks.remarks(look.view),
    }


def _fallen(look: Look) -> Fallen | None:
    canary = look.canary
    if canary.phase != "Failed":
        return None
    return fallen.of(subject(look.store.cluster, canary.namespace, canary.name))
