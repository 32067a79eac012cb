"""What was seen and is not written yet, by canary: bounded, and safe to fill while it is written."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from dashboard.releases.sight import Sight
from dashboard.releases.where import Where

# Sights of all canaries together, some hundred bytes each.
MOST = 50_000
Part = dict[Where, list[Sight]]


class Pending:
    """`add` what was seen, write `parts`, and say that a part is `done`."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._sights: dict[Where, dict[tuple[int, bool], Sight]] = {}

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._sights.values()))

    def add(self, where: Where, sights: Iterable[Sight]) -> None:
        """A version that is known better now takes the place of what was known of it."""
        with self._lock:
            for sight in sights:
                self._sights.setdefault(where, {})[sight.order] = sight

    def parts(self, size: int) -> Iterator[Part]:
        """Everything there is now, a number of canaries at a time."""
        with self._lock:
            whole = {where: list(sights.values()) for where, sights in self._sights.items()}
        wheres = list(whole)
        for start in range(0, len(wheres), size):
            yield {where: whole[where] for where in wheres[start : start + size]}

    def done(self, part: Part) -> None:
        """These are written; what came in since is not."""
        with self._lock:
            for where, sights in part.items():
                left = self._sights.get(where, {})
                for sight in sights:
                    if left.get(sight.order) is sight:
                        del left[sight.order]
                if not left:
                    self._sights.pop(where, None)

    def thin(self) -> bool:
        """Bring it below the limit: of each phase of each run the first and the last stay."""
        if len(self) <= self.most:
            return False
        with self._lock:
            for where, sights in self._sights.items():
                self._sights[where] = _ends_of_phases(sights.values())
        return True


def _ends_of_phases(sights: Iterable[Sight]) -> dict[tuple[int, bool], Sight]:
    kept: dict[tuple[object, ...], list[Sight]] = {}
    for sight in sorted(sights, key=lambda one: one.order):
        same = kept.setdefault((sight.uid, sight.run_at, sight.checksum, sight.phase, sight.ends), [])
        if len(same) == 2:
            same.pop()
        same.append(sight)
    return {sight.order: sight for same in kept.values() for sight in same}
