"""What a webhook answered last, as far as Flagger's messages tell: for those that are answered elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dashboard.analysis import Hook
from dashboard.masking import mask_text
from dashboard.timeline.messages import COMBINED


class Answer(StrEnum):
    """`REFUSED`: it said no, or could not be reached: Flagger writes the same of both. `FAILED`: with why."""

    PASSED = "passed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`why` is Flagger's own text after a failure, addresses in it masked."""

    at: datetime
    answer: Answer
    why: str = ""


@dataclass(frozen=True, slots=True)
class Saying:
    """One message of Flagger."""

    at: datetime
    message: str


# From Flagger's scheduler_hooks.go and scheduler.go. A rollout hook that passes is told nowhere.
_PASSED = {
    "confirm-rollout": "Confirm-rollout check {name} passed",
    "pre-rollout": "Pre-rollout check {name} passed",
    "confirm-traffic-increase": "Confirm-traffic-increase check {name} passed",
    "confirm-promotion": "Confirm-promotion check {name} passed",
    "rollback": "Rollback check {name} passed",
    "post-rollout": "Post-rollout check {name} passed",
}
_REFUSED = {
    "confirm-rollout": " advancement waiting for approval {name}",
    "confirm-traffic-increase": " advancement waiting for traffic increase approval {name}",
    "confirm-promotion": " advancement waiting for promotion approval {name}",
    "rollback": "Rollback hook {name} not signaling a rollback",
}
_FAILED = {
    "rollout": " advancement external check {name} failed ",
    "pre-rollout": " advancement pre-rollout check {name} failed ",
    "post-rollout": "Post-rollout hook {name} failed ",
}


def last(hook: Hook, sayings: Iterable[Saying]) -> Outcome | None:
    """The newest of `sayings` that is about this webhook."""
    passed, refused, failed = (_text(patterns, hook) for patterns in (_PASSED, _REFUSED, _FAILED))
    newest: Outcome | None = None
    for saying in sayings:
        if newest is not None and saying.at <= newest.at:
            continue
        message = saying.message.removeprefix(COMBINED)
        if passed and message == passed:
            newest = Outcome(saying.at, Answer.PASSED)
        elif refused and message.endswith(refused):
            newest = Outcome(saying.at, Answer.REFUSED)
        elif failed and failed in message:
            newest = Outcome(saying.at, Answer.FAILED, mask_text(message.split(failed, 1)[1]))
    return newest


def _text(patterns: dict[str, str], hook: Hook) -> str:
    return patterns[hook.type].replace("{name}", hook.name) if hook.type in patterns else ""
