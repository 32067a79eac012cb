"""What people can be told about."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Topic(StrEnum):
    """The events that a rule names; TEST is what an admin sends to see whether it arrives."""

    WAITING = "waiting"
    DEADLINE = "deadline"
    DECIDED = "decided"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    UNAPPROVED = "unapproved"
    CLUSTER = "cluster"
    FLAGGER = "flagger"
    TEST = "test"


# In the order of the form; each with a word, and what is told.
OFFERED: dict[Topic, tuple[Any, Any]] = {
    Topic.WAITING: (_("waiting"), _("Flagger waits for a decision; reminders; the end of the wait")),
    Topic.DEADLINE: (_("deadline near"), _("a policy is about to decide because nobody has")),
    Topic.DECIDED: (_("decided"), _("somebody approved, rejected, held, or asked to roll back")),
    Topic.SUCCEEDED: (_("succeeded"), _("a release is in production")),
    Topic.FAILED: (_("failed"), _("a release failed by itself")),
    Topic.ROLLED_BACK: (_("rolled back"), _("a release was rolled back because somebody asked for it")),
    Topic.UNAPPROVED: (_("without approval"), _("a revision runs whose start nobody approved")),
    Topic.CLUSTER: (_("cluster"), _("the cluster is out of reach, or in reach again")),
    Topic.FLAGGER: (_("Flagger's events"), _("every message of Flagger's event hook, passed on")),
}
# What a new rule names, and the rules of AVIARY_NOTIFY_URLS: all that people act on.
USUAL = tuple(topic for topic in OFFERED if topic is not Topic.FLAGGER)
WORDS = {topic: words[0] for topic, words in OFFERED.items()} | {Topic.TEST: _("test")}
