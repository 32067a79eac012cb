"""Flagger's phases as people see them: a word, an icon, a tone, and how soon someone should look."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

CONFIRM_ROLLOUT, CONFIRM_TRAFFIC, CONFIRM_PROMOTION = (
    "confirm-rollout",
    "confirm-traffic-increase",
    "confirm-promotion",
)


@dataclass(frozen=True, slots=True)
class Phase:
    """`icon` names a symbol of templates/parts/icons.svg, `tone` a colour of aviary.css;
    `urgency` sorts the list, 0 first. `moving`: traffic may change without anybody's doing."""

    label: str | Promise
    icon: str
    tone: str
    urgency: int
    moving: bool = False


PHASES: dict[str, Phase] = {
    "Waiting": Phase(_("Waiting"), "pause", "waiting", 0),
    "WaitingPromotion": Phase(_("Waiting promotion"), "pause", "waiting", 0),
    "Failed": Phase(_("Failed"), "cross", "failed", 1),
    "Progressing": Phase(_("Progressing"), "rise", "going", 2, moving=True),
    "Promoting": Phase(_("Promoting"), "up", "going", 2, moving=True),
    "Finalising": Phase(_("Finalising"), "up", "going", 2, moving=True),
    "Initializing": Phase(_("Initializing"), "clock", "rest", 3),
    "Terminating": Phase(_("Terminating"), "bin", "rest", 3),
    "Terminated": Phase(_("Terminated"), "bin", "rest", 3),
    "": Phase(_("New"), "clock", "rest", 3),
    "Initialized": Phase(_("Initialized"), "dot", "rest", 4),
    "Succeeded": Phase(_("Succeeded"), "check", "good", 4),
}


def of(name: str) -> Phase:
    """The phase of that name; one that Flagger has not had so far is shown verbatim, high up."""
    return PHASES.get(name) or Phase(name, "question", "failed", 1)


def told_after(name: str) -> str:
    """What a post-rollout hook says: it has a phase and no words of its own."""
    return gettext("Told over the post-rollout hook: %(phase)s") % {"phase": of(name).label}


WAITS = {
    CONFIRM_ROLLOUT: _("Start"),
    CONFIRM_TRAFFIC: _("More traffic"),
    CONFIRM_PROMOTION: _("Promotion"),
}

MEANINGS: dict[str, str | Promise] = {
    CONFIRM_ROLLOUT: _("A yes starts the rollout of a new revision."),
    "pre-rollout": _("A test before the first traffic; a no counts as a failed check."),
    "rollout": _("A test at every step; a no counts as a failed check."),
    "": _("A test at every step; a no counts as a failed check."),
    CONFIRM_TRAFFIC: _("A yes lets Flagger send more traffic to the canary."),
    CONFIRM_PROMOTION: _("A yes promotes the canary to primary."),
    "rollback": _("A yes rolls back now."),
    "post-rollout": _("Told when the release has ended, either way."),
    "event": _("Told about every event."),
}
