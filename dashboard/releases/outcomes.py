"""How a release ended, as people see it: never by colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from dashboard.models import Release

LOOKS = {
    Release.Outcome.RUNNING: ("rise", "going"),
    Release.Outcome.SUCCEEDED: ("check", "good"),
    Release.Outcome.FAILED: ("cross", "failed"),
    Release.Outcome.SUPERSEDED: ("up", "rest"),
    Release.Outcome.REMOVED: ("bin", "rest"),
    Release.Outcome.UNKNOWN: ("question", "rest"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """The fields that `parts/chip.html` draws."""

    label: str | Promise
    icon: str
    tone: str


def look(outcome: str) -> Look:
    """An outcome's word, icon and tone."""
    known = Release.Outcome(outcome) if outcome in Release.Outcome else Release.Outcome.UNKNOWN
    return Look(known.label, *LOOKS[known])
