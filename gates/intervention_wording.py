"""Entries about changes of the cluster as sentences: asked for, made, not made, or nobody knows."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gates.sentence import same

# Each with a word for the filter, what was done, and what an attempt without effect is called.
ACTIONS: dict[str, tuple[Any, Any, Any]] = {
    "canary.suspend.requested": same(_("suspending asked for"), _("{who} asked to suspend {canary}")),
    "canary.suspended": same(_("suspended"), _("{who} suspended {canary}")),
    "canary.suspend.failed": same(_("not suspended"), _("{canary} was not suspended for {who}")),
    "canary.suspend.unknown": same(
        _("maybe suspended"), _("Whether {canary} was suspended is not known: see the cluster")
    ),
    "canary.resume.requested": same(_("resuming asked for"), _("{who} asked to resume {canary}")),
    "canary.resumed": same(_("resumed"), _("{who} resumed {canary}")),
    "canary.resume.failed": same(_("not resumed"), _("{canary} was not resumed for {who}")),
    "canary.resume.unknown": same(
        _("maybe resumed"), _("Whether {canary} was resumed is not known: see the cluster")
    ),
    "canary.promote-now.requested": same(
        _("promoting now asked for"), _("{who} asked to promote {canary} now, without its analysis")
    ),
    "canary.promoted-now": same(
        _("promoted now"), _("{who} let {canary} skip its analysis and be promoted now")
    ),
    "canary.promote-now.failed": same(
        _("not promoted now"), _("{canary} was not made to skip its analysis for {who}")
    ),
    "canary.promote-now.unknown": same(
        _("maybe promoted now"),
        _("Whether {canary} was made to skip its analysis is not known: see the cluster"),
    ),
    "canary.retry.requested": same(_("retrying asked for"), _("{who} asked to retry {canary}")),
    "canary.retried": same(_("retried"), _("{who} made a new revision of {canary} to try it again")),
    "canary.retry.failed": same(_("not retried"), _("{canary} was not tried again for {who}")),
    "canary.retry.unknown": same(
        _("maybe retried"), _("Whether {canary} is tried again is not known: see the cluster")
    ),
    "canary.take-back.requested": same(
        _("taking skipAnalysis back"), _("{who} takes skipAnalysis of {canary} back")
    ),
    "canary.taken-back": (
        _("skipAnalysis taken back"),
        _("{who} took skipAnalysis of {canary} back"),
        _("{who} had not to take skipAnalysis of {canary} back"),
    ),
    "canary.take-back.failed": same(
        _("skipAnalysis not taken back"), _("{who} could not take skipAnalysis of {canary} back so far")
    ),
}
