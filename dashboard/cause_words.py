"""Why Flagger does not ask a hook, in words, and what to look at."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gates.overdue import Cause

WORDS: dict[Cause, str | Promise] = {
    Cause.NONE: "",
    Cause.SUSPENDED: _("The canary is suspended: Flagger skips it."),
    Cause.NOT_NOW: _("Not asked in this phase."),
    Cause.NEVER_HERE: _("Never asked with this strategy."),
    Cause.NOT_AT_THE_END: _("Asked after the last step."),
    Cause.NOT_READY: _("Not asked while the canary's pods are not ready."),
    Cause.CHECKS_FAIL: _("Checks fail: Flagger stops before it asks this."),
    Cause.STOPPED_BEFORE: _(
        "Flagger asks other hooks, but stops before this one: does a rollout or pre-rollout test say no?"
    ),
    Cause.NEVER_ASKED: _(
        "Never asked so far: does the address in the manifest reach Aviary, and does Flagger run?"
    ),
    Cause.SILENT: _("Flagger has gone silent: does it run, and does it still reach Aviary?"),
}


def words(cause: Cause) -> str:
    """One sentence, "" when all is well."""
    return str(WORDS[cause])
