"""Where people of this canary look next: links from its annotations."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import links
from dashboard.sections.look import Look


def context(look: Look) -> Mapping[str, object]:
    """In the order of their labels."""
    return {"links": links.read(look.canary.annotations)}
