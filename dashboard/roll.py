"""Every canary as lists need it: ordered, filtered and sorted into inboxes only once a change.

Written by one thread, read by any: a reader that is overtaken by a change works out the older state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from operator import attrgetter

from dashboard import inbox, listing
from dashboard.entry import Entry, Place
from dashboard.inbox import Inbox
from dashboard.known import Known
from dashboard.listing import Listing, Query
from dashboard.viewer import Viewer
from gates.access_rights import Access

# Windows and inboxes that are kept; then all are worked out anew.
MOST_KEPT = 200


class AnyRoll(ABC):
    """What is read of a roll, whoever fills it."""

    def __init__(self) -> None:
        self._ordered: tuple[object, list[Entry]] | None = None
        self._listings: dict[tuple[Query, tuple[str, ...]], tuple[object, Listing]] = {}
        self._inboxes: dict[Viewer, tuple[object, Inbox]] = {}

    @abstractmethod
    def stamp(self) -> object:
        """Another one whenever some list, count or inbox may be another one than before."""

    @abstractmethod
    def entry(self, key: Place) -> Entry | None:
        """One canary as lists see it."""

    @abstractmethod
    def all(self) -> list[Entry]:
        """Every canary, unordered."""

    def known(self, key: Place) -> Known | None:
        """One canary as it was last put."""
        entry = self.entry(key)
        return entry.known if entry else None

    def listing(self, query: Query, access: Access) -> Listing:
        """A window of the list; worked out once for all who look at it and may see the same."""
        place, version = (query, access.viewing), self.stamp()
        kept = self._listings.get(place)
        if kept is None or kept[0] != version:
            if len(self._listings) > MOST_KEPT:
                self._listings.clear()
            kept = self._listings[place] = (version, listing.listing(self._seen(access), query))
        return kept[1]

    def inbox(self, viewer: Viewer) -> Inbox:
        """What waits for this person, and for others."""
        version = self.stamp()
        kept = self._inboxes.get(viewer)
        if kept is None or kept[0] != version:
            if len(self._inboxes) > MOST_KEPT:
                self._inboxes.clear()
            kept = self._inboxes[viewer] = (version, inbox.inbox(self.all(), viewer))
        return kept[1]

    def _seen(self, access: Access) -> list[Entry]:
        """By rank. What an entry says beyond its rank and place may have changed since: ask `known`."""
        version, kept = self.stamp(), self._ordered
        if kept is None or kept[0] != version:
            kept = self._ordered = (version, sorted(self.all(), key=attrgetter("rank")))
        if access.everything:
            return kept[1]
        views = {name: access.views(name) for name in {entry.key[0] for entry in kept[1]}}
        return [entry for entry in kept[1] if views[entry.key[0]]]


class Roll(AnyRoll):
    """One cluster's, filled by its publisher."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        super().__init__()
        self._version = 0
        self._entries = {entry.key: entry for entry in entries}

    def stamp(self) -> object:
        """Counts up."""
        return self._version

    def entry(self, key: Place) -> Entry | None:
        """One canary as it was last put."""
        return self._entries.get(key)

    def all(self) -> list[Entry]:
        """Every canary, unordered; a copy."""
        return list(self._entries.values())

    def put(self, key: Place, entry: Entry | None) -> None:
        """Take in a canary, or forget it (None)."""
        before = self._entries.get(key)
        if entry is None:
            self._entries.pop(key, None)
        else:
            self._entries[key] = entry
        if before != entry:
            self._version += 1

    def replacing(self, entries: Iterable[tuple[Place, Entry | None]]) -> Roll:
        """A copy in which these canaries are as given."""
        copied = Roll(self.all())
        for key, entry in entries:
            copied.put(key, entry)
        return copied


class Rolls(AnyRoll):
    """Several clusters' rolls read as one. Nothing is put here."""

    def __init__(self, rolls: Iterable[Roll]) -> None:
        super().__init__()
        self._rolls = tuple(rolls)

    def stamp(self) -> object:
        """Of all of them."""
        return tuple(roll.stamp() for roll in self._rolls)

    def entry(self, key: Place) -> Entry | None:
        """One canary as its cluster's roll has it."""
        return next((found for roll in self._rolls if (found := roll.entry(key)) is not None), None)

    def all(self) -> list[Entry]:
        """Every canary of every cluster."""
        return [entry for roll in self._rolls for entry in roll.all()]


def as_one(rolls: Sequence[Roll]) -> AnyRoll:
    """The only one itself, or all of them."""
    return rolls[0] if len(rolls) == 1 else Rolls(rolls)
