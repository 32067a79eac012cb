"""What every table of sentences about entries is made with."""

from __future__ import annotations

from typing import Any


def same(word: Any, said: Any) -> tuple[Any, Any, Any]:
    """The code tells success and refusal apart: the outcome changes no word."""
    return word, said, said
