"""What Flagger is told on a typed confirm hook: judge, write the first yes down. In a worker thread."""

from __future__ import annotations

import time

from django.utils import timezone

from gates import approvals, confirm_rules, deadlines, decisions, episodes, situation
from gates.confirm_rules import ConfirmVerdict, Hook
from gates.facts import Facts, Unreadable
from gates.reader import DatabaseUnavailable
from gates.sender import FLAGGER
from gates.situation import Asking


def judge(asking: Asking, facts: Facts | Unreadable) -> ConfirmVerdict:
    """The verdict from what is written down, without writing a yes; a no begins a waiting episode."""
    now, where = timezone.now(), asking.where
    ask = situation.load(asking, facts, now)
    verdict = confirm_rules.confirm(ask)
    if verdict.yes and not unanswered(verdict, where.hook) and episodes.waiting(where):
        # Told yes before, stopped by a freeze in between, and let through again.
        episodes.close(where, now)
    if not verdict.waits or not isinstance(facts, Facts):
        return verdict
    episode = episodes.note(where, facts, ask.policy, now)
    if deadlines.apply(episode, facts, now):
        return confirm_rules.confirm(situation.load(asking, facts, now))
    return verdict


def settle(asking: Asking, facts: Facts | Unreadable, deadline: float) -> ConfirmVerdict:
    """The verdict again, from facts read live, with every decision about the canary held still.

    A yes is entered before it is sent: the log has the outcome in the order in which it came about. After
    `deadline` (time.monotonic) nobody waits for the answer any more: DatabaseUnavailable, nothing written.
    """
    where = asking.where
    with decisions.deciding([where.lock]) as door:
        verdict = confirm_rules.confirm(situation.load(asking, facts, door.now))
        if verdict.yes and isinstance(facts, Facts):
            fresh = [each.decision for each in verdict.counted if not each.told(where.hook)]
            if fresh:
                draft = approvals.draft(door.now, "answer.approved", where, FLAGGER, asking.origin, facts, "")
                approvals.answered(door, where, fresh, draft, facts)
            episodes.close(where, door.now)
        if time.monotonic() > deadline:
            raise DatabaseUnavailable("the answer took too long")
    return verdict


def unanswered(verdict: ConfirmVerdict, hook: Hook) -> bool:
    """The yes is news to Flagger: it must be settled first."""
    return verdict.yes and not all(each.told(hook) for each in verdict.counted)
