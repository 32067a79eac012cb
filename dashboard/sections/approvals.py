"""Who approved or rejected what, hook by hook."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import approvals_panel
from dashboard.sections.look import Look


def context(look: Look) -> Mapping[str, object]:
    """A panel for each typed confirm hook."""
    return {"panels": approvals_panel.panels(look.known, look.may_decide, look.person)}
