"""The Canary's manifest, to read and to copy."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import manifest
from dashboard.sections.look import Look


def context(look: Look) -> Mapping[str, object]:
    """Its YAML, with secrets masked."""
    return {"manifest": manifest.shown(look.canary.manifest)}
