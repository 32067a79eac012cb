"""A real Flagger's recording as the writes of an API server, each kind of object to be told by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from dashboard import canary, routes, workloads
from dashboard.releases.running import Recording
from dashboard.store import CANARY, Item, Reach, Store
from tests.support.traces import FIRST_IMAGE, KINDS, deployment, records

DEPLOYMENT = "Deployment"


@dataclass(frozen=True, slots=True)
class Write:
    """One write; `thing` None: the object of that name was removed."""

    kind: str
    key: tuple[str, str]
    thing: dict[str, Any] | None
    at: datetime

    @property
    def stream(self) -> str:
        """What a watch follows: canaries, targets, primaries, routes."""
        return f"{self.key[1]}" if self.kind == DEPLOYMENT else self.kind


@cache
def writes(trace: str) -> tuple[Write, ...]:
    """Every write of the recording in order, the Deployments as the recordings had them."""
    return tuple(_writes(trace))


def _writes(trace: str) -> Iterator[Write]:
    image, phase, version, key = FIRST_IMAGE, None, 0, ("", "")
    for line in records(trace):
        at = datetime.fromtimestamp(line["t"], UTC)
        if line["kind"] == "action" and line["action"] == "image":
            image = line["argument"]
            yield _deploy(key, "", image, version + 1, at)
            continue
        kind = KINDS.get(line["kind"])
        if kind is None:
            continue
        thing = line["object"]
        meta, now = thing["metadata"], thing.get("status", {}).get("phase")
        mine = meta["namespace"], meta["name"]
        if kind == CANARY:
            if not key[1]:
                key = mine
                yield _deploy(key, "", image, int(meta["resourceVersion"]) - 2, at)
            if _promoted(phase, now):
                # Flagger copies the template before it says so.
                yield _deploy(key, "-primary", image, int(meta["resourceVersion"]) - 1, at)
            phase = now
        version = int(meta["resourceVersion"])
        yield Write(kind, mine, None if line["type"] == "DELETED" else thing, at)


def _promoted(before: str | None, now: str | None) -> bool:
    """The primary gets the target's template: at first, and when a release is promoted."""
    if now in ("Initializing", "Promoting"):
        return before != now
    return before == "Progressing" and now == "Succeeded"


def _deploy(key: tuple[str, str], suffix: str, image: str, version: int, at: datetime) -> Write:
    thing = deployment(key[0], key[1] + suffix, image)
    thing["metadata"]["resourceVersion"] = str(version)
    return Write(DEPLOYMENT, (key[0], key[1] + suffix), thing, at)


class Replica:
    """One Aviary that is told writes, and records what it makes of them."""

    def __init__(self, already: Iterable[Write] = (), cluster: str = "default") -> None:
        self.now = datetime(2026, 11, 24, tzinfo=UTC)
        self.store = Store(cluster, "trace")
        self.store.set_freshness(Reach.LIVE)
        # It began later: what was there already comes as lists.
        standing = {(write.kind, write.key): write for write in already}
        for write in standing.values():
            self._apply(write)
        self.recording = Recording(self.store, lambda: self.now)

    def told(self, write: Write) -> None:
        """The watch brings a write."""
        self.now = max(self.now, write.at)
        self._apply(write)

    def records(self) -> None:
        """What was told is written."""
        self.recording.take()
        self.recording.flush()

    def _apply(self, write: Write) -> None:
        if write.thing is None:
            self.store.apply(write.kind, drop=[write.key])
            return
        self.store.apply(write.kind, [parsed(write.kind, write.thing)])


def parsed(kind: str, thing: dict[str, Any]) -> Item:
    """As the watch reads it."""
    if kind == CANARY:
        return canary.parse("default", thing)
    return workloads.parse(kind, thing) if kind == DEPLOYMENT else routes.parse(kind, thing)
