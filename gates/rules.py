"""The rule book, pure: a gate, what is known of the canary and the time → yes or no, and why.

No Django, no database, no clock of its own. Every address, page and API call is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gates.facts import ENDED_PHASES, RESTING_PHASES, Facts, Unreadable
from gates.keys import ROLLBACK

# Only in these does Flagger ask whether to roll back.
ROLLED_BACK_IN = frozenset({"Progressing", "WaitingPromotion"})
ROLLBACK_LIFETIME = timedelta(hours=1)


class End(StrEnum):
    """Why an open gate ended by itself; the values are part of the log."""

    RELEASE_ENDED = "release ended"
    NEW_REVISION = "new revision"
    NEW_CONFIGURATION = "new configuration"
    EXPIRED = "expired"


class Look(StrEnum):
    """How facts must be read before an answer can be given."""

    MEMORY = "memory"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class GateState:
    """A gate as the rules see it; the fields are those of `models.Gate`."""

    open: bool = False
    decision: int = 0
    changed_at: datetime | None = None
    bound: bool = False
    revision: str = ""
    checksum: str = ""
    opened_phase: str = ""
    until: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`yes`, and one line that says why; `first` asks for an entry before the yes is sent;
    `ends` closes the gate; `look` asks for facts and another call."""

    yes: bool
    why: str
    first: bool = False
    ends: End | None = None
    look: Look | None = None


CLOSED = GateState()


def ended(gate: GateState, facts: Facts | Unreadable | None, now: datetime) -> End | None:
    """Why this open gate is over, or None while it lives. Gates opened by scripts never end by themselves."""
    if not gate.open:
        return None
    if gate.until is not None and now >= gate.until:
        return End.EXPIRED
    if not gate.bound or not isinstance(facts, Facts) or _older(facts, gate):
        return None
    if gate.revision and facts.revision and facts.revision != gate.revision:
        return End.NEW_REVISION
    return End.RELEASE_ENDED if release_over(gate.opened_phase, gate.checksum, facts) else None


def release_over(phase: str, checksum: str, facts: Facts) -> bool:
    """The release that a decision was made for has ended, even when its end was not seen (a restart).

    `phase` and `checksum` are the canary's at the decision.
    """
    if facts.phase in ENDED_PHASES:
        # Opened between releases, before Flagger noticed the new revision: the phase still names the
        # release before. Flagger's checksum tells the two apart.
        before_start = phase in RESTING_PHASES and facts.checksum == checksum
        return not before_start
    if facts.phase == "Waiting":
        # Waiting comes before a start only. A config change starts a release with the same template.
        if phase == "Waiting":
            return facts.checksum != checksum
        return phase not in RESTING_PHASES
    return False


def answer(kind: str, gate: GateState, facts: Facts | Unreadable | None, now: datetime) -> Verdict:
    """What Flagger is told when it asks this gate.

    Call it with `facts=None` first and follow `look`. A bound gate needs facts, read live before its
    first yes; what cannot be read is a no. A rollback never depends on facts: those at hand may end
    it, nothing else.
    """
    if not gate.open:
        return Verdict(False, "closed")
    if over := ended(gate, facts, now):
        return Verdict(False, over.value, ends=over)
    if gate.bound and (gate.revision or kind == ROLLBACK):
        if facts is None:
            first_yes = kind != ROLLBACK and gate.answered_at is None
            return Verdict(False, "revision unknown", look=Look.LIVE if first_yes else Look.MEMORY)
        if kind != ROLLBACK:
            if isinstance(facts, Facts) and _older(facts, gate):
                return Verdict(False, "revision unknown", look=Look.LIVE)
            if not isinstance(facts, Facts) or facts.revision != gate.revision:
                return Verdict(False, "revision unknown")
    return Verdict(True, "open", first=gate.answered_at is None)


def _older(facts: Facts, gate: GateState) -> bool:
    """The facts were seen before the decision, so they say nothing about it."""
    return gate.changed_at is not None and facts.observed_at < gate.changed_at
