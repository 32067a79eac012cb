"""What is wrong, or worth knowing, about how a canary's manifest is wired to Aviary."""

from __future__ import annotations

from dashboard.around.around import Around
from dashboard.canary import Canary
from dashboard.wiring import addresses, ending, events, gates, policies, release, routing, steps, timing
from dashboard.wiring.warning import Code, Level, WiringWarning
from dashboard.wiring.wired import wire

__all__ = ["Code", "Level", "WiringWarning", "warnings"]

FAMILIES = (
    addresses.warnings,
    gates.warnings,
    ending.warnings,
    release.warnings,
    steps.warnings,
    policies.warnings,
    events.warnings,
    timing.warnings,
)
_ORDER = list(Level)


def warnings(canary: Canary, around: Around | None = None) -> tuple[WiringWarning, ...]:
    """Everything that the manifest and what is around it give reason to say, the most dangerous first.

    What Flagger's own CRD refuses is not looked for. Of other namespaces only what is in `around` is named:
    see `Around.within`. Never raises.
    """
    wiring = wire(canary)
    found = [warning for family in FAMILIES for warning in family(wiring)]
    found += routing.warnings(canary, around) if around is not None else []
    return tuple(sorted(found, key=lambda warning: _ORDER.index(warning.level)))
