"""What an entry can be found by, and what a search must find: short keys, the same for both. Pure.

A column that is compared as a whole has one term. A text that is searched by its parts has a term for
each run of one, two and three letters in it: a part can only be in a text that has all of its runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gates import topics
from gates.filters import WHOLE, Filters

LONGEST = 80  # bytes; longer values are known by their digest
RUN = 3
# More runs of a long part would not narrow the search any further.
MOST_RUNS = 16
CANARY, IMAGE, REASON = "c", "i", "t"


def of_entry(row: Mapping[str, Any]) -> set[bytes]:
    """All terms of an entry, given as its columns."""
    found = {whole(name, row[name]) for name in (*WHOLE, "subject") if row[name] or name == "namespace"}
    found.add(family(row["action"].partition(".")[0]))
    if row["revision"]:
        found.add(revision(row["revision"]))
    for text in (row["namespace"], row["name"]):
        found |= _runs(CANARY, text)
    for text in (*row["images"], *row["images_from"]):
        found |= _runs(IMAGE, text)
    for word in row["reason"].split():
        found |= _runs(REASON, word)
    return found


def of_filters(filters: Filters) -> set[bytes]:
    """Terms that every entry must have which the filters let through, besides those `of_topic`."""
    found = {whole(name, value) for name, value in filters.whole.items()}
    found |= _parts(CANARY, filters.canary_part) | _parts(IMAGE, filters.image.casefold())
    for word in filters.words:
        found |= _parts(REASON, word)
    return found


def of_topic(topic: str) -> set[bytes]:
    """Terms of which every entry about the topic has one."""
    return {family(each) for each in topics.TOPICS[topic]}


def family(name: str) -> bytes:
    """The term of the actions whose codes begin with this word."""
    return whole("family", name)


def whole(name: str, value: str) -> bytes:
    """The term of a column's whole value."""
    raw = value.encode()
    return b"%s:%s" % (name.encode(), raw) if len(raw) <= LONGEST else _digest(name, raw)


def revision(beginning: str) -> bytes:
    """The term of a revision; those of revisions that begin with the text begin with it."""
    return b"revision:" + beginning.encode()


def after(term: bytes) -> bytes:
    """The first that does not begin with this term."""
    return term[:-1] + bytes([term[-1] + 1])


def _digest(name: str, raw: bytes) -> bytes:
    return b"%s#%s" % (name.encode(), hashlib.sha256(raw).digest())


def _parts(field: str, part: str) -> set[bytes]:
    if len(part) < RUN:
        return {(field + part).encode()} if part else set()
    runs = sorted({part[at : at + RUN] for at in range(len(part) - RUN + 1)})
    step = -(-len(runs) // MOST_RUNS)
    return {(field + run).encode() for run in runs[::step]}


# The entries of a release follow each other, and name the same images.
@lru_cache(maxsize=256)
def _runs(field: str, text: str) -> frozenset[bytes]:
    text = text.casefold()
    ends = range(1, RUN + 1)
    return frozenset(
        (field + text[at : at + length]).encode() for length in ends for at in range(len(text) - length + 1)
    )
