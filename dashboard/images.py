"""Image names short enough for a row, and still different from each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.store import ImageChange

DIGEST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """What a row shows: `old` is empty when nothing changes; `more` further containers change too;
    `name` is the repository when both share it, `full` is for the tooltip."""

    name: str
    old: str
    new: str
    more: int
    full: str


def split(image: str) -> tuple[str, str]:
    """`registry/shop/cart:2.1@sha256:ab…` → (`registry/shop/cart`, `2.1` or `sha256:ab…`)."""
    repository, _at, digest = image.partition("@")
    head, slash, last = repository.rpartition("/")
    name, _colon, tag = last.partition(":")
    version = tag or (digest[: len("sha256:") + DIGEST_DIGITS] if digest else "latest")
    return head + slash + name, version


def short(change: ImageChange) -> tuple[str, str]:
    """Old and new: versions alone when the repository stays, else with their last path segment."""
    (old_name, old_version), (new_name, new_version) = split(change.old), split(change.new)
    if old_name != new_name or old_version == new_version:
        old_version = f"{old_name.rpartition('/')[2]}:{old_version}"
        new_version = f"{new_name.rpartition('/')[2]}:{new_version}"
    if old_version == new_version:
        return change.old, change.new
    return old_version, new_version


def shown(changes: Sequence[ImageChange]) -> Shown | None:
    """The first change, else the first image; None when no container is known."""
    if not changes:
        return None
    changed = [change for change in changes if change.old != change.new]
    if not changed:
        first = changes[0]
        return Shown(split(first.new)[0], "", split(first.new)[1], len(changes) - 1, first.new)
    first = changed[0]
    full = "\n".join(f"{change.container}: {change.old or '–'} → {change.new or '–'}" for change in changed)
    if not first.old or not first.new:
        name, version = split(first.new or first.old)
        return Shown(name, "", version, len(changed) - 1, full)
    old, new = short(first)
    names = {split(first.old)[0], split(first.new)[0]}
    return Shown(names.pop() if len(names) == 1 else "", old, new, len(changed) - 1, full)
