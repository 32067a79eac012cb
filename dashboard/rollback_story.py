"""How far a rollback has come, honestly: requested, Flagger asked and was told, rolled back. Or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dashboard import cause_words, deciding
from dashboard.known import Known
from dashboard.typed_hooks import HookState
from gates.audit import CHANGED
from gates.keys import ROLLBACK, subject
from gates.models import AuditEntry
from gates.overdue import Cause
from gates.rules import ROLLED_BACK_IN

REQUESTED, TOLD = "rollback.requested", "answer.rollback"


@dataclass(frozen=True, slots=True)
class Story:
    """The three moments, None for what has not happened; `trouble`: why it does not go on, and what helps."""

    by: str
    reason: str
    requested: datetime
    told: datetime | None
    done: datetime | None
    trouble: str = ""


def of(known: Known, states: Sequence[HookState]) -> Story | None:
    """Of the live request, or of the one that this release ended with."""
    switch, canary = known.switches.rollback, known.view.canary
    if switch is not None and switch.open:
        trouble = "" if switch.answered else hindrance(known, states)
        return Story(switch.by, switch.reason, switch.since, switch.answered, None, trouble)
    if canary.phase != "Failed":
        return None
    mine = AuditEntry.objects.filter(subject=subject(canary.cluster, *canary.key))
    request = mine.filter(action=REQUESTED, outcome=CHANGED).first()
    since = known.view.phase_since
    if request is None or request.revision != known.view.revision or (since and since < request.at):
        return None
    told = mine.filter(action=TOLD, decision=request.seq).first()
    return (
        Story(request.actor, request.reason, request.at, told.at if told else None, since) if told else None
    )


def hindrance(known: Known, states: Sequence[HookState]) -> str:
    """Why Flagger does not ask whether to roll back, and what else can be done; "" when it does."""
    canary = known.view.canary
    if canary.phase not in ROLLED_BACK_IN:
        return ""
    if not deciding.asks_rollback(canary):
        return _("No rollback webhook of the manifest asks, so Flagger never hears of it. What else: reject "
                 "what it asks next, so that it goes no further, or set the image back: Flagger then starts "
                 "over at 0 % with the old one.")  # fmt: skip
    mine = [each for each in states if ROLLBACK in (each.hook, each.switch) or each.type == ROLLBACK]
    for state in mine:
        cause = state.expectation.cause
        if cause is Cause.NOT_READY:
            return _("Flagger does not ask while the canary's pods are not ready. It rolls back by itself "
                     "after spec.progressDeadlineSeconds; sooner, set the image back.")  # fmt: skip
        if cause is not Cause.NONE:
            return cause_words.words(cause)
    return ""
