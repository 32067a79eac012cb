"""Patterns for names: `*` is any text, `?` any one character, all else is itself. Capitals count.

The same meaning in Python (`matches`) and in the database (`field__matches=pattern`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup, Q, TextField
from django.db.models.sql.compiler import SQLCompiler

ANY = "*"
# What Kubernetes allows in a namespace's name, and the two signs.
WRITTEN = re.compile(r"[a-z0-9.*?-]{1,253}")


def parts(text: str) -> tuple[str, ...]:
    """`payments-*, catalog` → its patterns, each once, in order; `*` swallows the others."""
    found = {re.sub(r"\*+", ANY, part.strip()) for part in text.split(",") if part.strip()}
    return (ANY,) if ANY in found else tuple(sorted(found))


def place(text: str) -> str:
    """The namespace of an entry about what these name. One pattern: whoever may look at all that it names
    sees the entry. Several: "", which is for those who see everything."""
    found = parts(text)
    return found[0] if len(found) == 1 else ""


def matches(patterns: Iterable[str], name: str) -> bool:
    """One of the patterns names it."""
    # fnmatch also knows [sets], which are no part of our patterns.
    return any(pattern == ANY or fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in patterns)


def covers(wide: Iterable[str], narrow: str) -> bool:
    """Whatever `narrow` names is named by one of `wide`. May say no where a clever proof would say yes.

    `narrow` is read as text: only a `*` swallows its stars, and a `?` any one character that is no star.
    """
    return any(_swallowing(pattern).fullmatch(narrow) for pattern in wide)


def meet(one: str, other: str) -> bool:
    """Some name fits both patterns."""
    # Row by row: which ends of `other` have a name in common with this end of `one`.
    below = [False] * (len(other) + 1)
    for left in range(len(one), -1, -1):
        row = [False] * (len(other) + 1)
        for right in range(len(other), -1, -1):
            if left == len(one) and right == len(other):
                row[right] = True
            elif left < len(one) and one[left] == ANY:
                row[right] = below[right] or (right < len(other) and row[right + 1])
            elif right < len(other) and other[right] == ANY:
                row[right] = row[right + 1] or (left < len(one) and below[right])
            elif left < len(one) and right < len(other):
                row[right] = below[right + 1] and (
                    one[left] == other[right] or "?" in one[left] + other[right]
                )
        below = row
    return below[0]


def named_by(field: str, patterns: Iterable[str]) -> Q:
    """The condition that one of the patterns names what the field holds."""
    found = Q(pk__in=[])
    for pattern in patterns:
        if pattern == ANY:
            return Q()
        found |= Q(**{f"{field}__matches": pattern})
    return found


@lru_cache(maxsize=1000)
def _swallowing(pattern: str) -> re.Pattern[str]:
    signs = {ANY: ".*", "?": "[^*]"}
    return re.compile("".join(signs.get(sign, re.escape(sign)) for sign in pattern), re.DOTALL)


@TextField.register_lookup
@CharField.register_lookup
class Matches(Lookup):
    """`namespace__matches="payments-*"`. SQLite's LIKE ignores capitals, so it is GLOB there."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """GLOB has our two signs, and sets."""
        column, values = self.process_lhs(compiler, connection)
        return f"{column} GLOB %s", [*values, self.rhs.replace("[", "[[]")]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """LIKE with its own two signs made plain."""
        column, values = self.process_lhs(compiler, connection)
        plain = re.sub(r"([\\%_])", r"\\\1", self.rhs)
        return f"{column} LIKE %s", [*values, plain.replace(ANY, "%").replace("?", "_")]
