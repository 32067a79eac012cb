"""The canaries that there are, and what each of them looks for."""

from __future__ import annotations

from collections.abc import Iterable, KeysView

from dashboard.around.objects import Key
from dashboard.around.wanted import Place, Wanted, wanted
from dashboard.canary import Canary


class Canaries:
    """Written on one event loop; `looks_for` may be called from any thread."""

    def __init__(self) -> None:
        # By which uid and generation it is known what each canary looks for.
        self._known: dict[Key, tuple[str, int, Wanted]] = {}
        # Mostly one canary each: tuples are far smaller than sets.
        self._users: dict[Place, tuple[Key, ...]] = {}

    @property
    def keys(self) -> KeysView[Key]:
        """Namespace and name of each."""
        return self._known.keys()

    def looks_for(self, canary: Canary) -> Wanted:
        """What matters to it."""
        return self._still(canary) or wanted(canary)

    def users(self, place: Place) -> tuple[Key, ...]:
        """The canaries to which that object matters."""
        return self._users.get(place, ())

    def put(self, canary: Canary) -> bool:
        """Take in one; true when it looks for something else than before."""
        # Flagger touches the status of every canary each interval, which changes nothing here.
        if self._still(canary):
            return False
        before, looked = self._known.get(canary.key), wanted(canary)
        self.drop(canary.key)
        self._known[canary.key] = canary.uid, canary.generation, looked
        for place in set(looked.everything):
            self._users[place] = (*self.users(place), canary.key)
        return before is None or before[0] != canary.uid or before[2] != looked

    def drop(self, key: Key) -> None:
        """Forget one."""
        known = self._known.pop(key, None)
        for place in set(known[2].everything) if known else ():
            self._users[place] = tuple(user for user in self.users(place) if user != key)
            if not self._users[place]:
                del self._users[place]

    def missing(self, canaries: Iterable[Canary]) -> set[Key]:
        """Those known that are not among these."""
        return self._known.keys() - {canary.key for canary in canaries}

    def _still(self, canary: Canary) -> Wanted | None:
        """What is known of it, if its manifest is still the one that was read."""
        known = self._known.get(canary.key)
        same = known is not None and canary.generation > 0 and known[:2] == (canary.uid, canary.generation)
        return known[2] if known and same else None
