"""Deeply nested JSON, checked without recursion and cut down to what a payload can use."""

from __future__ import annotations

import re

# Go refuses the next level.
MAX_DEPTH = 10_000
# A payload's object, its metadata, and one more level that is refused or ignored anyway.
KEPT = 3

_TOKEN = re.compile(
    r'[ \t\n\r]*+(?:([][{}:,])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?|true|false|null)|$)"
)
_CLOSES = {"}": "{", "]": "["}


class TooDeep(ValueError):
    """More levels than Go reads."""


def shallow(text: str) -> str:
    """The same JSON without the content of its deeper levels; raises ValueError when it is not JSON.

    What is left out has been checked as strictly as the rest, so the short text is JSON if and only
    if the long one is.
    """
    kept: list[str] = []
    stack: list[str] = []
    state = "value"
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"unexpected character at {position}")
        position = match.end()
        mark = match.group().strip(" \t\n\r")
        if not mark:
            break
        depth = len(stack)
        state = _step(state, stack, mark, bool(match.group(2)))
        # A bracket counts as part of the level that it is written in.
        if min(depth, len(stack)) < KEPT:
            kept.append(mark)
    if state != "end":
        raise ValueError("unexpected end")
    return "".join(kept)


def _step(state: str, stack: list[str], mark: str, text: bool) -> str:
    """What may follow `mark`, which must be allowed in `state`."""
    if mark in "{[" and state in {"value", "first item"}:
        if len(stack) == MAX_DEPTH:
            raise TooDeep(f"more than {MAX_DEPTH} levels")
        stack.append(mark)
        return "first key" if mark == "{" else "first item"
    if mark in _CLOSES and state in {"after", "first key" if mark == "}" else "first item"}:
        if not stack or stack.pop() != _CLOSES[mark]:
            raise ValueError(f"unexpected {mark}")
        return "after" if stack else "end"
    if mark == "," and state == "after":
        return "key" if stack[-1] == "{" else "value"
    if mark == ":" and state == "colon":
        return "value"
    if text and state in {"key", "first key"}:
        return "colon"
    if mark not in ",:{}[]" and state in {"value", "first item"}:
        return "after" if stack else "end"
    raise ValueError(f"unexpected {mark[:20]}")
