"""The actions of the log as a list to choose from: by what they are about, each topic as a whole first."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gates import topics
from gates.wording import ACTIONS

# Each with the name of its group, and what all of it together is called.
TOPICS: dict[str, tuple[Any, Any]] = {
    "approvals": (_("Approvals and gates"), _("all about approvals and gates")),
    "rollbacks": (_("Rollbacks"), _("all about rollbacks")),
    "answers": (_("Answers to Flagger"), _("all answers to Flagger")),
    "cluster": (_("Changes of the cluster"), _("all changes of the cluster")),
    "freezes": (_("Freezes"), _("all about freezes")),
    "comments": (_("Comments"), _("all comments")),
    "access": (_("Access"), _("all changes of access")),
    "sign-ins": (_("Signing in"), _("all about signing in")),
    "log": (_("The log and settings"), _("all about the log and settings")),
}
Choices = list[tuple[str, Any]]


def choices() -> list[tuple[Any, Any]]:
    """The filter's options, in groups."""
    found: list[tuple[Any, Any]] = [("", _("any"))]
    for topic, (name, everything) in TOPICS.items():
        codes: Choices = [(code, words[0]) for code, words in ACTIONS.items() if topics.of(code) == topic]
        found.append((name, [(topic, everything), *codes]))
    return found


def named(action: str) -> Any:
    """A code or a topic in words; what is not known stays as it is."""
    if action in TOPICS:
        return TOPICS[action][1]
    return ACTIONS[action][0] if action in ACTIONS else action
