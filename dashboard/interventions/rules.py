"""When which change makes sense, judged from a Canary alone."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.canary import Canary
from dashboard.interventions.acts import Act, resource_of

# Phases in which a release is on its way.
RUNNING = frozenset({"Waiting", "Progressing", "WaitingPromotion", "Promoting", "Finalising"})
# Those in which an analysis is left to be skipped.
SKIPPABLE = frozenset({"Waiting", "Progressing", "WaitingPromotion"})


def why_not(act: Act, canary: Canary) -> str:
    """Why this would do nothing now, or not what it says; "" when it makes sense."""
    if act is Act.SUSPEND:
        return _("Suspended already.") if canary.suspended else ""
    if act is Act.RESUME:
        return "" if canary.suspended else _("Not suspended.")
    if resource_of(act, canary.target_kind) is None:
        return _("A target of kind %(kind)s has no pod template to change.") % {"kind": canary.target_kind}
    if canary.suspended:
        return _("Suspended: Flagger does nothing until it is resumed.")
    phase = {"phase": phases.of(canary.phase).label}
    if act is Act.RETRY:
        message = _("Only what has failed is tried again; now it is “%(phase)s”.") % phase
        return "" if canary.phase == "Failed" else message
    if canary.skip_analysis:
        return _("The analysis is skipped already.")
    message = _("There is no analysis to skip while “%(phase)s”.") % phase
    return "" if canary.phase in SKIPPABLE else message
