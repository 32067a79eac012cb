"""The drop-in gate and the rollback switch."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import confirms
from dashboard.sections.look import Look


def context(look: Look) -> Mapping[str, object]:
    """`gated`: the drop-in gate means something here."""
    typed = bool(confirms.of(look.known))
    dropped_in = confirms.dropped_in(look.known) or look.known.switches.gate is not None
    return {"gated": dropped_in or not typed}
