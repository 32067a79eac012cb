"""What is wrong, or worth knowing, about how the manifest is wired, and about what is around it."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import wiring
from dashboard.sections.look import Look


def context(look: Look) -> Mapping[str, object]:
    """The most dangerous first."""
    return {"wiring": wiring.warnings(look.canary, look.around)}
