"""What patterns mean, letter by letter: slow, and too plain to be wrong."""

from __future__ import annotations


def matches(pattern: str, name: str) -> bool:
    """The pattern names this."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return matches(pattern[1:], name) or (bool(name) and matches(pattern, name[1:]))
    return bool(name) and pattern[0] in ("?", name[0]) and matches(pattern[1:], name[1:])
