"""The banner on every page while something is frozen that the person may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from dashboard.freezes import scope
from dashboard.store import Store
from gates import freezes
from gates.access_rights import Access
from gates.models import Freeze

# More than these push the page away; the freezes' own page has the rest.
MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Current:
    """A freeze that holds now, and the namespaces in which it holds something."""

    freeze: Freeze
    namespaces: frozenset[str]


class Memory:
    """The freezes that hold or will hold, for live pages; `load` after one was made or changed (`stale`).

    `current` is None until it is known.
    """

    def __init__(self) -> None:
        self.stale = True
        self.current: tuple[Current, ...] | None = None
        self._ahead: list[Freeze] | None = None
        self._shown: list[object] | None = None

    def load(self) -> None:
        """Read them; asks the database."""
        begun, coming, _past = freezes.listed(timezone.now())
        self._ahead = begun + coming

    def tick(self, store: Store, now: datetime) -> bool:
        """Let the clock go on to `now`; True when `current` is another one, and pages must be told."""
        if self._ahead is None:
            return False
        begun = [each for each in self._ahead if each.starts_at <= now < each.ends_at]
        current = tuple(Current(each, scope.namespaces(each, store)) for each in begun)
        shown: list[object] = [
            (each.freeze.pk, each.namespaces, [it.pk for it in each.freeze.exemptions.all()])
            for each in current
        ]
        if shown == self._shown:
            return False
        self.current, self._shown = current, shown
        return True


def now(stores: Sequence[Store]) -> tuple[Current, ...]:
    """The same over all clusters, as the database has it; for the first paint of a page."""
    return tuple(
        Current(each, frozenset().union(*(scope.namespaces(each, store) for store in stores)))
        for each in freezes.current(timezone.now())
    )


def everywhere(current: Sequence[tuple[Current, ...] | None]) -> tuple[Current, ...] | None:
    """What several clusters' memories know, as one; None while one of them does not know it."""
    known = [each for each in current if each is not None]
    if not known or len(known) < len(current):
        return None
    if len(known) == 1:
        return known[0]
    found: dict[int, Current] = {}
    for each in (one for those in known for one in those):
        number = each.freeze.pk
        before = found[number].namespaces if number in found else frozenset()
        found[number] = Current(each.freeze, each.namespaces | before)
    return tuple(found.values())


def seen(current: Iterable[Current], access: Access) -> list[dict[str, object]]:
    """What the banner shows to a person: the freezes that hold something they may see, the longest first."""
    mine = [each.freeze for each in current if any(access.views(name) for name in each.namespaces)]
    return [
        {"freeze": each, "namespaces": ", ".join(access.shown(each.namespaces))}
        for each in sorted(mine, key=lambda each: each.ends_at, reverse=True)
    ]


def draw(current: Iterable[Current], access: Access) -> SafeString:
    """The element, empty when there is nothing to say."""
    return mark_safe(get_template("parts/freeze.html").render(context(current, access)).strip())  # noqa: S308


def context(current: Iterable[Current], access: Access) -> dict[str, object]:
    """What its template uses."""
    found = seen(current, access)
    return {"frozen": found[:MOST_SHOWN], "frozen_more": max(len(found) - MOST_SHOWN, 0)}
