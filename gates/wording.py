"""Entries of the log as sentences for people. Codes that are not known here are shown as they are."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gates import intervention_wording, log_wording, typed_wording
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
    "role.granted": (
        _("role granted"),
        _("{who} made {holder} {role} in {namespaces}"),
        _("{who} asked to make {holder} {role} in {namespaces}, which was so already"),
    ),
    "role.revoked": (
        _("role revoked"),
        _("{who} took the role {role} in {namespaces} from {holder}"),
        _("{who} took the role {role} in {namespaces} from {holder}"),
    ),
    "freeze.created": (
        _("frozen"),
        _("{who} froze {frozen} from {since} until {until}"),
        _("{who} froze {frozen} from {since} until {until}"),
    ),
    "freeze.lifted": (
        _("freeze lifted"),
        _("{who} lifted the freeze of {frozen}"),
        _("{who} lifted the freeze of {frozen}"),
    ),
    "freeze.exempted": (
        _("exempted from a freeze"),
        _("{who} exempted {canary} from the freeze until {until}"),
        _("{who} exempted {canary} from the freeze until {until}"),
    ),
    "freeze.exemption.withdrawn": (
        _("exemption withdrawn"),
        _("{who} withdrew the exemption of {canary} from the freeze until {until}"),
        _("{who} withdrew the exemption of {canary} from the freeze until {until}"),
    ),
    **typed_wording.ACTIONS,
    **intervention_wording.ACTIONS,
    **log_wording.ACTIONS,
}
APPROVED = _("{who} approved {canary}: its gate is open for this revision, until the release ends")
OPENED_UNTIL = _("{who} opened the gate of {canary} until a set time")
REASONS: dict[str, Any] = {
    End.RELEASE_ENDED: _("The release ended."),
    End.NEW_REVISION: _("Another revision appeared."),
    End.NEW_CONFIGURATION: _("Its configuration changed: another release of the same revision began."),
    End.EXPIRED: _("Its time was up."),
    "holder-removed": _("The account or group was removed."),
}


def sentence(entry: AuditEntry, canary: str | SafeString) -> SafeString:
    """Who did what; `canary` is the text or link that stands for it. Everything else is escaped."""
    words = {"who": entry.actor, "canary": canary, "code": entry.action}
    return format_html(
        str(_pattern(entry)),
        **words,
        **_role(entry),
        **_freeze(entry),
        **typed_wording.words(entry),
        **log_wording.words(entry),
    )


def _role(entry: AuditEntry) -> dict[str, str]:
    """The words of an entry about a role."""
    about = entry.after or entry.before
    group = about.get("group")
    holder = _("the group %(name)s") % {"name": group} if group else about.get("user", "")
    return {"holder": holder, "role": about.get("role", ""), "namespaces": about.get("namespaces", "")}


def _freeze(entry: AuditEntry) -> dict[str, str]:
    """The words of an entry about a freeze; times are in UTC."""
    about = entry.after
    canaries = about.get("canaries", "*")
    namespaces = about.get("namespaces", "")
    return {
        "frozen": namespaces if canaries == "*" else f"{namespaces} ({canaries})",
        "since": _minute(about.get("from", "")),
        "until": _minute(about.get("to", "")),
    }


def _minute(at: str) -> str:
    """`2026-11-24T18:00:00+00:00` → `2026-11-24 18:00 UTC`."""
    return f"{at[:16].replace('T', ' ')} UTC"


def reason(entry: AuditEntry) -> str:
    """The person's own words, or why something ended by itself."""
    return str(REASONS.get(entry.reason, entry.reason)) if entry.actor_kind == "system" else entry.reason


def _pattern(entry: AuditEntry) -> Any:
    words = ACTIONS.get(entry.action)
    if words is None:
        return _("{who}: {code} {canary}")
    if entry.outcome != CHANGED:
        return words[2]
    if entry.action == "answer.approved" and typed_wording.about_typed_hook(entry):
        return typed_wording.ANSWERED
    if entry.action == "gate.opened" and "revision" in entry.after:
        return APPROVED
    if entry.action == "gate.opened" and "until" in entry.after:
        return OPENED_UNTIL
    return words[1]
