"""Which drop-in gates a freeze stops, pure.

The drop-in address does not tell whether Flagger asks to start, to go on or to promote. So the canary tells:
what is not known to be under way counts as a start. Gates opened by scripts are the load tester's, and
rollbacks are never stopped.
"""

from __future__ import annotations

from collections.abc import Sequence

from gates import confirm_rules
from gates.confirm_rules import FreezeWindow
from gates.facts import Facts, Unreadable
from gates.rules import GateState


def by_hand(gate: GateState) -> bool:
    """A person opened it, for a release or until a time; scripts set neither."""
    return gate.bound or gate.until is not None


def under_way(facts: Facts | Unreadable | None) -> bool:
    """A release runs, and has passed its first step; at weight 0 it counts as starting."""
    if not isinstance(facts, Facts) or facts.resting or facts.phase == "Waiting":
        return False
    return not (facts.phase == "Progressing" and facts.weight == 0)


def held(windows: Sequence[FreezeWindow], facts: Facts | Unreadable | None) -> str:
    """Why a gate that a person opened answers no during these freezes, or "" when it may answer yes."""
    return confirm_rules.frozen(windows, starting=not under_way(facts))
