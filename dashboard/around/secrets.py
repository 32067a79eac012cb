"""Values that go by the name of a secret."""

from __future__ import annotations

from dashboard.secret_names import MASK, is_secret


def veil(name: str, text: str) -> str:
    """The text, or a mask when it goes by the name of a secret."""
    return MASK if text and is_secret(name) else text
