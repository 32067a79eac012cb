"""Entries of the log as sentences for people. Codes that are not known here are shown as they are."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gates.audit import CHANGED
from gates.models import AuditEntry
from gates.rules import End

# Each with a word for the filter, what was done, and what an attempt without effect is called.
ACTIONS: dict[str, tuple[Any, Any, Any]] = {
    "gate.opened": (
        _("gate opened"),
        _("{who} opened the gate of {canary}"),
        _("{who} asked to open the gate of {canary}, which was open already"),
    ),
    "gate.closed": (
        _("gate closed"),
        _("{who} closed the gate of {canary}"),
        _("{who} asked to close the gate of {canary}, which was closed already"),
    ),
    "gate.held": (
        _("held"),
        _("{who} held {canary}: its gate stays closed"),
        _("{who} held {canary}: its gate stays closed"),
    ),
    "gate.ended": (
        _("gate ended"),
        _("The gate of {canary} closed by itself"),
        _("The gate of {canary} was over already"),
    ),
    "rollback.requested": (
        _("rollback asked for"),
        _("{who} asked to roll back {canary}"),
        _("{who} asked again to roll back {canary}"),
    ),
    "rollback.withdrawn": (
        _("rollback withdrawn"),
        _("{who} withdrew the rollback of {canary}"),
        _("{who} asked to withdraw the rollback of {canary}, but none was asked for"),
    ),
    "rollback.ended": (
        _("rollback ended"),
        _("The request to roll back {canary} ended by itself"),
        _("The request to roll back {canary} was over already"),
    ),
    "answer.approved": (
        _("Flagger told yes"),
        _("Flagger was told yes about {canary}, for the first time after the decision"),
        _("Flagger was told yes about {canary}"),
    ),
    "answer.rollback": (
        _("Flagger told to roll back"),
        _("Flagger was told to roll back {canary}, for the first time after the request"),
        _("Flagger was told to roll back {canary}"),
    ),
}
APPROVED = _("{who} approved {canary}: its gate is open for this revision, until the release ends")
OPENED_UNTIL = _("{who} opened the gate of {canary} until a set time")
REASONS: dict[str, Any] = {
    End.RELEASE_ENDED: _("The release ended."),
    End.NEW_REVISION: _("Another revision appeared."),
    End.EXPIRED: _("Its time was up."),
}


def sentence(entry: AuditEntry, canary: str | SafeString) -> SafeString:
    """Who did what; `canary` is the text or link that stands for it. Everything else is escaped."""
    return format_html(str(_pattern(entry)), who=entry.actor, canary=canary, code=entry.action)


def reason(entry: AuditEntry) -> str:
    """The person's own words, or why something ended by itself."""
    return str(REASONS.get(entry.reason, entry.reason)) if entry.actor_kind == "system" else entry.reason


def choices() -> list[tuple[str, Any]]:
    """The filter's options."""
    return [("", _("everything")), *((code, words[0]) for code, words in ACTIONS.items())]


def _pattern(entry: AuditEntry) -> Any:
    words = ACTIONS.get(entry.action)
    if words is None:
        return _("{who}: {code} {canary}")
    if entry.outcome != CHANGED:
        return words[2]
    if entry.action == "gate.opened" and "revision" in entry.after:
        return APPROVED
    if entry.action == "gate.opened" and "until" in entry.after:
        return OPENED_UNTIL
    return words[1]
