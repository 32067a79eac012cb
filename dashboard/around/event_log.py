"""The newest Events of each canary, no more than people will read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from dashboard.around.events import ClusterEvent
from dashboard.around.objects import Key

# Kept of each canary.
MOST = 200
# Canaries that are not known, yet or any more, of which Events are kept.
STRANGERS = 100
_NEVER = datetime.min.replace(tzinfo=UTC)


class EventLog:
    """Written on one event loop; `of` may be called from any thread."""

    def __init__(self) -> None:
        # Newest first.
        self._by_canary: dict[Key, tuple[ClusterEvent, ...]] = {}
        self._canary_of: dict[Key, Key] = {}

    def __len__(self) -> int:
        return len(self._canary_of)

    def of(self, canary: Key, uid: str) -> tuple[ClusterEvent, ...]:
        """The newest first; without those of an earlier canary of the same name."""
        found = self._by_canary.get(canary, ())
        return tuple(event for event in found if not uid or event.canary_uid in ("", uid))

    def replace(self, events: Iterable[ClusterEvent]) -> set[Key]:
        """These are all there are; returns the canaries whose Events differ now."""
        grouped: defaultdict[Key, list[ClusterEvent]] = defaultdict(list)
        for event in events:
            grouped[event.canary_key].append(event)
        before = self._by_canary
        self._by_canary = {key: _newest(found) for key, found in grouped.items()}
        self._canary_of = {event.key: key for key, found in self._by_canary.items() for event in found}
        every = before.keys() | self._by_canary.keys()
        return {key for key in every if before.get(key) != self._by_canary.get(key)}

    def put(self, event: ClusterEvent, canaries: Collection[Key]) -> Key | None:
        """Take in one; returns its canary, None when nothing changed."""
        key = event.canary_key
        if key not in canaries and key not in self._by_canary and self._strangers(canaries) >= STRANGERS:
            return None
        before = self._by_canary.get(key, ())
        if event in before:
            return None
        after = _newest([event, *(each for each in before if each.key != event.key)])
        self._keep(key, before, after)
        return key if after != before else None

    def drop(self, event: Key) -> Key | None:
        """Forget one, since Kubernetes has; returns its canary."""
        key = self._canary_of.get(event)
        if key is not None:
            before = self._by_canary.get(key, ())
            self._keep(key, before, tuple(each for each in before if each.key != event))
        return key

    def forget(self, canaries: Iterable[Key]) -> None:
        """These canaries are gone, and so are their Events."""
        for key in canaries:
            self._keep(key, self._by_canary.get(key, ()), ())

    def keep_only(self, canaries: Collection[Key]) -> None:
        """These are all the canaries there are."""
        self.forget([key for key in self._by_canary if key not in canaries])

    def _strangers(self, canaries: Collection[Key]) -> int:
        return sum(key not in canaries for key in self._by_canary)

    def _keep(self, key: Key, before: tuple[ClusterEvent, ...], after: tuple[ClusterEvent, ...]) -> None:
        for event in before:
            self._canary_of.pop(event.key, None)
        for event in after:
            self._canary_of[event.key] = key
        if after:
            self._by_canary[key] = after
        else:
            self._by_canary.pop(key, None)


def _newest(events: Iterable[ClusterEvent]) -> tuple[ClusterEvent, ...]:
    ordered = sorted(events, key=lambda event: (event.last or _NEVER, event.name), reverse=True)
    return tuple(ordered[:MOST])
