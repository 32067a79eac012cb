"""Entries about people, settings and the log itself as sentences; and refusals of what somebody asked for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gates.models import AuditEntry
from gates.sentence import same

# Each with a word for the filter, what was done, and what an attempt without effect is called.
ACTIONS: dict[str, tuple[Any, Any, Any]] = {
    "signin.succeeded": same(_("signed in"), _("{who} signed in")),
    "signin.failed": same(_("sign-in refused"), _("Somebody tried to sign in as {who}, and was refused")),
    "signin.ended": same(_("signed out"), _("{who} signed out")),
    "person.created": same(_("account made"), _("{who} made the account {about}")),
    "person.changed": same(_("account changed"), _("{who} changed the account {about}: {fields}")),
    "person.removed": same(_("account removed"), _("{who} removed the account {about}")),
    "group.created": same(_("group made"), _("{who} made the group {about}")),
    "group.changed": same(_("group changed"), _("{who} changed the group {about}: {fields}")),
    "group.removed": same(_("group removed"), _("{who} removed the group {about}")),
    "token.created": same(_("token made"), _("{who} made an API token for {about}")),
    "token.revoked": same(_("token revoked"), _("{who} revoked an API token of {about}")),
    "token.webhook-created": same(_("webhook token made"), _("{who} made the webhook token “{about}”")),
    "token.webhook-rotated": same(
        _("webhook token replaced"),
        _("{who} replaced the webhook token “{about}”: the one before is valid for a while yet"),
    ),
    "token.webhook-revoked": same(_("webhook token revoked"), _("{who} revoked the webhook token “{about}”")),
    "settings.changed": same(
        _("settings changed"), _("{who} started with settings that differ from the start before: {fields}")
    ),
    "notification.rule-created": same(
        _("notification rule made"), _("{who} made the notification rule “{about}”")
    ),
    "notification.rule-changed": same(
        _("notification rule changed"), _("{who} changed the notification rule “{about}”: {fields}")
    ),
    "notification.rule-removed": same(
        _("notification rule removed"), _("{who} removed the notification rule “{about}”")
    ),
    "export.made": same(_("log exported"), _("{who} exported {count} entries of the log")),
    "log.migrated": same(
        _("log taken over"), _("The log of the first version, {count} entries, was taken over as it was")
    ),
    "log.pruned": same(
        _("log pruned"), _("{who} pruned the entries {first} to {last} of the log, after exporting them")
    ),
    "approval.refused": same(
        _("approval refused"), _("{who} asked to approve {canary}, which was refused: {refusal}")
    ),
    "hold.refused": same(
        _("hold or rejection refused"),
        _("{who} asked to hold or reject {canary}, which was refused: {refusal}"),
    ),
    "rollback.refused": same(
        _("rollback refused"), _("{who} asked to roll back {canary}, which was refused: {refusal}")
    ),
    "close.refused": same(
        _("withdrawal refused"),
        _("{who} asked to close a gate or withdraw a word of {canary}, which was refused: {refusal}"),
    ),
    "comment.refused": same(
        _("comment refused"), _("{who} asked to comment on {canary}, which was refused: {refusal}")
    ),
    "freeze.refused": same(
        _("freeze refused"), _("{who} asked to change a freeze, which was refused: {refusal}")
    ),
    "role.refused": same(
        _("role refused"), _("{who} asked to grant or revoke a role, which was refused: {refusal}")
    ),
    "token.refused": same(
        _("token refused"), _("{who} asked to make or revoke a token, which was refused: {refusal}")
    ),
    "notification.refused": same(
        _("notification rule refused"),
        _("{who} asked to change or test a notification rule, which was refused: {refusal}"),
    ),
    "intervention.refused": same(
        _("change of the cluster refused"), _("{who} asked to change {canary}, which was refused: {refusal}")
    ),
}


def words(entry: AuditEntry) -> dict[str, str]:
    """What the sentences name besides who and which canary."""
    about = entry.after or entry.before
    changed = entry.after.get("changed", sorted({*entry.before, *entry.after}))
    count = about.get("entries", about.get("count", ""))
    return {
        "about": entry.name,
        "fields": ", ".join(map(str, changed)),
        "count": str(count),
        "first": str(about.get("first_seq", "")),
        "last": str(about.get("last_seq", "")),
        "refusal": str(about.get("message", "")),
    }
