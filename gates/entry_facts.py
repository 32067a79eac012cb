"""What an entry holds, laid out to be read: what changed, images from and to, the rules in force."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from gates.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Change:
    """One field: as it was and as it is; None where it was not there."""

    name: str
    before: str | None
    after: str | None

    @property
    def differs(self) -> bool:
        """The two are not the same."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Image:
    """What was in production and what was to take its place; "" where nothing answers to the other."""

    old: str
    new: str

    @property
    def moved(self) -> bool:
        """Another one takes its place; where that is the same repository, `shown` is what is new in it."""
        return bool(self.old and self.new and self.old != self.new)

    @property
    def shown(self) -> str:
        """The new one after an arrow, the only one else."""
        same = self.moved and repository(self.old) == repository(self.new)
        return self.new.removeprefix(repository(self.new)).lstrip(":") if same else self.new or self.old


def changes(entry: AuditEntry) -> list[Change]:
    """Before and after by field: what differs first, then what stayed, each in the order of names."""
    before, after = dict(flat(entry.before)), dict(flat(entry.after))
    found = [Change(name, before.get(name), after.get(name)) for name in sorted(before.keys() | after.keys())]
    return sorted(found, key=lambda each: not each.differs)


def policy(entry: AuditEntry) -> list[tuple[str, str]]:
    """The rules that it was decided under, by name."""
    return sorted(flat(entry.policy))


def images(entry: AuditEntry) -> list[Image]:
    """Pairs of the same repository, then what is left over."""
    old, pairs = list(entry.images_from), []
    for new in entry.images:
        before = next((each for each in old if repository(each) == repository(new)), "")
        if before:
            old.remove(before)
        pairs.append(Image(before, new))
    alone = [pair for pair in pairs if not pair.old]
    if len(alone) == len(old) == 1:
        # One image for one other: its repository was changed.
        return [Image(pair.old or old[0], pair.new) for pair in pairs]
    return pairs + [Image(each, "") for each in old]


def repository(image: str) -> str:
    """`registry:5000/shop/checkout:2.14.0@sha256:…` → `registry:5000/shop/checkout`."""
    image = image.partition("@")[0]
    head, colon, tag = image.rpartition(":")
    return head if colon and "/" not in tag else image


def flat(value: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, str]]:
    """Nested fields by their path, as text."""
    for name, each in value.items():
        path = f"{under}.{name}" if under else str(name)
        if isinstance(each, Mapping) and each:
            yield from flat(each, path)
        else:
            yield path, said(each)


def said(value: Any) -> str:
    """One value as text."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "" or (isinstance(value, Sequence | Mapping) and not value):
        return "–"
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
