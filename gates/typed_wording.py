"""Entries about the typed hooks as sentences: which step of a release they are about."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gates.confirm_rules import Hook, Reach
from gates.models import AuditEntry

# Each with a word for the filter, what was done, and what an attempt without effect is called.
ACTIONS: dict[str, tuple[Any, Any, Any]] = {
    "approval.granted": (
        _("approved"),
        _("{who} approved {step} of {canary}"),
        _("{who} approved {step} of {canary} once more"),
    ),
    "approval.rejected": (
        _("rejected"),
        _("{who} rejected {step} of {canary}"),
        _("{who} rejected {step} of {canary} once more"),
    ),
    "approval.withdrawn": (
        _("approval or rejection withdrawn"),
        _("{who} withdrew what {person} said about {step} of {canary}"),
        _("{who} withdrew what {person} said about {step} of {canary}"),
    ),
    "approval.lapsed": (
        _("approval or rejection ended"),
        _("What {person} said about {step} of {canary} holds no more"),
        _("What {person} said about {step} of {canary} held no more"),
    ),
    "revision.unapproved": (
        _("running without approval"),
        _("{canary} runs a revision whose start nobody approved"),
        _("{canary} runs a revision whose start nobody approved"),
    ),
    "comment.made": (
        _("comment"),
        _("{who} commented on {canary}"),
        _("{who} commented on {canary}"),
    ),
}
ANSWERED = _("Flagger was told yes about {step} of {canary}, for the first time after the decision")


def words(entry: AuditEntry) -> dict[str, str]:
    """What the sentences name besides who and which canary."""
    return {"step": step(entry), "person": str(entry.before.get("person", ""))}


def about_typed_hook(entry: AuditEntry) -> bool:
    """The entry is about an address of its own, not about a switch."""
    return entry.kind.partition("/")[0] in set(Hook) - {Hook.ROLLBACK}


def step(entry: AuditEntry) -> str:
    """`the start`, `traffic up to 50 %`, `the promotion (security)`."""
    hook, _slash, gate = entry.kind.partition("/")
    names = {Hook.START: _("the start"), Hook.PROMOTION: _("the promotion"), Hook.TRAFFIC: _traffic(entry)}
    name = str(names.get(Hook(hook), hook) if hook in set(Hook) else _("a step"))
    return f"{name} ({gate})" if gate else name


def _traffic(entry: AuditEntry) -> str:
    weight = {"weight": entry.after.get("weight", "")}
    reaches = {
        Reach.STEP: _("the next step, to %(weight)s %%,") % weight,
        Reach.UP_TO: _("traffic up to %(weight)s %%") % weight,
        Reach.ALL: _("all traffic"),
    }
    return str(reaches.get(entry.after.get("reach", ""), _("more traffic")))
