"""Is Flagger asking? When the next ask of a hook is due, and the likely cause when it does not come. Pure.

Flagger asks in its control loop, once an interval, and only the hooks of the phase: what it does not ask
now is not late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gates.confirm_rules import ASKED_IN, WEIGHTED, Hook
from gates.rules import ROLLED_BACK_IN

# So many intervals without an ask are too many.
PATIENCE = 3


class Cause(StrEnum):
    """Why a hook is not asked, or why it is late; the first ones are as it should be."""

    NONE = ""
    SUSPENDED = "suspended"
    NOT_NOW = "not-in-this-phase"
    NEVER_HERE = "never-with-this-strategy"
    NOT_AT_THE_END = "only-at-the-end"
    NOT_READY = "pods-not-ready"
    CHECKS_FAIL = "checks-fail"
    STOPPED_BEFORE = "stopped-before"
    NEVER_ASKED = "never-asked"
    SILENT = "flagger-silent"


@dataclass(frozen=True, slots=True)
class Asking:
    """One webhook of a canary and where its release stands.

    `interval` in seconds. `last` is the last ask of this hook, `phase_since` the phase's beginning,
    `others_last` the last ask of any other hook of the canary, `end`: no further step of the traffic.
    """

    hook: Hook
    phase: str
    strategy: str
    interval: float
    suspended: bool = False
    ready: bool = True
    end: bool = False
    failed_checks: int = 0
    last: datetime | None = None
    phase_since: datetime | None = None
    others_last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """`expected_by` is None while the hook is not asked, `cause` says why; of a late one, why it may be."""

    expected_by: datetime | None
    overdue: bool
    cause: Cause


def expect(asking: Asking, now: datetime) -> Expectation:
    """When the hook is asked next."""
    if quiet := _quiet(asking):
        return Expectation(None, False, quiet)
    step = timedelta(seconds=asking.interval * _every(asking))
    # An ask of an earlier phase says nothing about this one.
    since = max(filter(None, (asking.last, asking.phase_since)), default=None)
    if since is None:
        return Expectation(None, False, Cause.NONE)
    late = now - since > PATIENCE * step
    return Expectation(since + step, late, _cause(asking, now, step) if late else Cause.NONE)


def _quiet(asking: Asking) -> Cause:
    """Why Flagger does not ask this hook now, or NONE when it does."""
    hook, phase = asking.hook, asking.phase
    if asking.suspended:
        return Cause.SUSPENDED
    if hook is Hook.TRAFFIC and asking.strategy != WEIGHTED:
        return Cause.NEVER_HERE
    asked_in = {**ASKED_IN, Hook.START: {"Waiting"}, Hook.ROLLBACK: ROLLED_BACK_IN}.get(hook)
    if asked_in is None or phase not in asked_in:
        return Cause.NOT_NOW
    if phase != "Waiting" and not asking.ready:
        return Cause.NOT_READY
    if hook is Hook.PROMOTION and phase == "Progressing" and not asking.end:
        return Cause.NOT_AT_THE_END
    return Cause.NONE


def _every(asking: Asking) -> int:
    """In how many intervals it is asked once."""
    return 2 if asking.hook is Hook.PROMOTION and asking.strategy != WEIGHTED else 1


def _cause(asking: Asking, now: datetime, step: timedelta) -> Cause:
    if asking.others_last is not None and now - asking.others_last <= PATIENCE * step:
        # Flagger runs and stops before it comes to this hook.
        checked = asking.hook in {Hook.TRAFFIC, Hook.PROMOTION} and asking.failed_checks > 0
        return Cause.CHECKS_FAIL if checked else Cause.STOPPED_BEFORE
    return Cause.NEVER_ASKED if asking.last is None else Cause.SILENT
