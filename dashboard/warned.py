"""Which manifests are worth a warning. Finding out takes a millisecond each, so it is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dashboard import wiring
from dashboard.canary import Canary
from dashboard.wiring import Level

Key = tuple[str, str]
Manifest = tuple[str, int]


def warned(canary: Canary) -> bool:
    """Something of the manifest does not do what it seems to, or worse."""
    return any(warning.level is not Level.INFO for warning in wiring.warnings(canary))


class Memory:
    """By canary and generation of its manifest; not known yet reads as no, and is noted for `unknown`."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[Manifest, bool]] = {}
        self._unknown: dict[Key, Canary] = {}

    def get(self, canary: Canary) -> bool:
        """What was found out about this manifest."""
        manifest, found = self._known.get(canary.key, (None, False))
        if manifest != _manifest(canary):
            self._unknown[canary.key] = canary
            return False
        return found

    def unknown(self, most: int) -> list[Canary]:
        """Some of those that were asked about in vain, once."""
        some = list(self._unknown)[:most]
        return [self._unknown.pop(key) for key in some]

    def learn(self, found: Mapping[Key, tuple[Manifest, bool]]) -> None:
        """Take what `look` found out."""
        self._known |= found


def look(canaries: Iterable[Canary]) -> dict[Key, tuple[Manifest, bool]]:
    """Find out; may run in any thread."""
    return {canary.key: (_manifest(canary), warned(canary)) for canary in canaries}


def _manifest(canary: Canary) -> Manifest:
    return canary.uid, canary.generation
