"""Which item of one list stands for which of another, as Kubernetes merges lists: by name, else by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What tells the items of a list apart; several mounts may be of one volume, and ports need no name.
NAMES = ("name", "mountPath", "containerPort", "port", "key")


def pairs(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[str, int | None, int | None]]:
    """What to call each item, and its place in the old and in the new list; in the new one's order."""
    name = _telling(old, new)
    before = {_label(item, place, name): place for place, item in enumerate(old)}
    after = {_label(item, place, name): place for place, item in enumerate(new)}
    for label, place in after.items():
        yield label, before.get(label), place
    for label, place in before.items():
        if label not in after:
            yield label, place, None


def _telling(old: Sequence[Any], new: Sequence[Any]) -> str:
    for name in NAMES:
        if all(_tells(items, name) for items in (old, new)):
            return name
    return ""


def _tells(items: Sequence[Any], name: str) -> bool:
    values = [item.get(name) for item in items if isinstance(item, Mapping)]
    plain = all(isinstance(value, str | int) for value in values)
    return len(values) == len(items) and plain and len(set(values)) == len(values)


def _label(item: Any, place: int, name: str) -> str:
    return str(item[name]) if name else str(place)
