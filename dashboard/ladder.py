"""The way of a release as a ladder: gates with who approved them, steps, the end."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard import confirms
from dashboard.known import Known
from dashboard.ladder_end import before_promotion, promoting
from dashboard.ladder_gates import gates
from dashboard.ladder_steps import steps
from dashboard.rungs import BAD, DONE, NEXT, PLACES, Rung, state
from gates.confirm_rules import Hook


def ladder(known: Known, mirroring: bool = False) -> list[Rung]:
    """The steps of this canary's strategy; `mirroring`: the route sends the canary copies of requests now."""
    canary = known.view.canary
    at = PLACES.get(canary.phase, -1)
    found = confirms.of(known)
    start = Rung(_("Start"), state(at, 0), _("Flagger asks before it starts"))
    rungs = list(gates(known, found, start, Hook.START))
    if canary.skip_analysis:
        # Straight from Progressing to Succeeded: nobody is asked any more.
        rungs.append(Rung(_("No analysis"), state(at, 1), _("promoted at once")))
    else:
        rungs += steps(known, at, mirroring)
        rungs += before_promotion(known, found, at)
        rungs += promoting(known.view, at)
    if canary.phase == "Failed":
        return [*rungs, Rung(_("Failed"), BAD, canary.message or _("rolled back"))]
    return [*rungs, Rung(_("Done"), DONE if at == len(PLACES) - 1 else NEXT)]
