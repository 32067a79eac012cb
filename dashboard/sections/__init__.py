"""The parts of one canary's page, each with its own template in `canaries/sections/`.

A part is a function `context(look)` that gives what its template needs on top of `look.base`; the
template's outer element is `<section id="sec-<name>" class="sec">`, `hidden` when there is nothing to say.
Parts are drawn for the first paint and anew when something changed; only those that differ are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dashboard.sections import (
    alerts,
    approvals,
    changes,
    checks,
    decide,
    earlier,
    head,
    links,
    manifest,
    routing,
    steps,
    switches,
    timeline,
    traffic,
    webhooks,
    wired,
)
from dashboard.sections.look import Look

__all__ = ["ABOVE", "ASIDE", "BELOW", "MIDDLE", "Look"]

Part = Callable[[Look], Mapping[str, object]]

# In the order of the page. Narrow windows show in another one what a decision needs: `static/one.css`.
ABOVE: dict[str, Part] = {"head": head.context, "decide": decide.context, "steps": steps.context}
MIDDLE: dict[str, Part] = {
    "traffic": traffic.context,
    "changes": changes.context,
    "checks": checks.context,
}
ASIDE: dict[str, Part] = {
    "approvals": approvals.context,
    "switches": switches.context,
    "links": links.context,
    "alerts": alerts.context,
    "earlier": earlier.context,
}
BELOW: dict[str, Part] = {
    "webhooks": webhooks.context,
    "routing": routing.context,
    "timeline": timeline.context,
    "wiring": wired.context,
    "manifest": manifest.context,
}
