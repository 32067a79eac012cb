"""The way of a release as a ladder: gates with who approved them, steps, the end."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard import confirms, ladder_failed
from dashboard.known import Known
from dashboard.ladder_end import before_promotion, promoting
from dashboard.ladder_failed import Fallen
from dashboard.ladder_gates import gates
from dashboard.ladder_steps import steps
from dashboard.rungs import BAD, DONE, NEXT, PLACES, Rung, state
from gates.confirm_rules import Hook


def ladder(known: Known, mirroring: bool = False, fallen: Fallen | None = None) -> list[Rung]:
    """The steps of this canary's strategy; `mirroring`: the route sends the canary copies of requests now.
    `fallen`: how far the failed release came, None where nobody knows."""
    canary = known.view.canary
    if canary.phase == "Failed":
        before = ladder_failed.before(known, fallen)
        rungs = ladder_failed.over(_way(known, before, mirroring), fallen)
        return [*rungs, Rung(_("Failed"), BAD, canary.message or _("rolled back"))]
    at = PLACES.get(canary.phase, -1)
    return [*_way(known, known, mirroring), Rung(_("Done"), DONE if at == len(PLACES) - 1 else NEXT)]


def _way(now: Known, walked: Known, mirroring: bool) -> list[Rung]:
    """From the start to the end, as far as `walked` is; approvals and hooks are those of `now`."""
    at = PLACES.get(walked.view.canary.phase, -1)
    found = confirms.of(now)
    # Flagger fails only what it has started.
    begun = DONE if now.view.canary.phase == "Failed" else state(at, 0)
    start = Rung(_("Start"), begun, _("Flagger asks before it starts"))
    rungs = list(gates(now, found, start, Hook.START))
    if now.view.canary.skip_analysis:
        # Straight from Progressing to Succeeded: nobody is asked any more.
        rungs.append(Rung(_("No analysis"), state(at, 1), _("promoted at once")))
    else:
        rungs += steps(walked, at, mirroring)
        rungs += before_promotion(walked, found, at)
        rungs += promoting(walked.view, at)
    return rungs
