"""What the gates must know of a canary, through an interface that the dashboard fills at start.

`current` answers from memory and never waits. `live` reads the target and the Canary from the
API server now, within a second. Rollbacks and gates opened by scripts never depend on facts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

RESTING_PHASES = frozenset({"", "Initializing", "Initialized", "Succeeded", "Failed"})
ENDED_PHASES = frozenset({"Succeeded", "Failed", "Terminated"})
LIVE_SECONDS = 1.2


@dataclass(frozen=True, slots=True)
class HookSpec:
    """One webhook of the manifest. `typed` is the hook that its address names ("" for other addresses),
    `gate` the optional gate name behind it."""

    type: str
    name: str
    typed: str
    gate: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """One canary at one moment.

    `revision` is the SHA-256 of the target's normalised pod template in hex ("" when the target
    cannot be read), `weight` the effective per cent of traffic to the canary, `next_weight` what
    Flagger would set next (None: no further step), `checksum` Flagger's own, computed from the
    status, `observed_at` when the cluster said so. `images` are what is to be let through, `images_from`
    what is in production; `release` is the identity of the running release's record ("" when none runs).
    """

    revision: str
    images: tuple[str, ...]
    phase: str
    weight: int
    next_weight: int | None
    strategy: str
    hooks: tuple[str, ...]
    checksum: str
    observed_at: datetime
    specs: tuple[HookSpec, ...] = ()
    images_from: tuple[str, ...] = ()
    release: str = ""

    @property
    def resting(self) -> bool:
        """No release is running."""
        return self.phase in RESTING_PHASES


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The canary cannot be read at the moment; `why` is one line for a person.

    `missing`: the cluster was read and has no such canary.
    """

    why: str
    missing: bool = False


class FactsSource(Protocol):
    """What `dashboard` provides."""

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """From memory; never blocks."""

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """From the API server, within a second; on the server's event loop."""


class NoSource:
    """Before the dashboard has started, and in tests that need no cluster."""

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """Nothing is known."""
        return Unreadable("the cluster has not been read yet")

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """Nothing is known."""
        return self.current(cluster, namespace, name)


_source: FactsSource = NoSource()
_loop: asyncio.AbstractEventLoop | None = None


def provide(source: FactsSource | None, loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Install the source; `loop` is the server's event loop, on which `live` runs. None removes it."""
    global _source, _loop
    _source, _loop = source or NoSource(), loop


def current(cluster: str, namespace: str, name: str) -> Facts | Unreadable:
    """The facts from memory."""
    return _source.current(cluster, namespace, name)


async def live(cluster: str, namespace: str, name: str) -> Facts | Unreadable:
    """The facts from the API server now; call it on the server's event loop."""
    try:
        async with asyncio.timeout(LIVE_SECONDS):
            return await _source.live(cluster, namespace, name)
    except TimeoutError:
        return Unreadable("the cluster did not answer in time")


def live_from_thread(cluster: str, namespace: str, name: str) -> Facts | Unreadable:
    """`live` for synchronous code in a worker thread (pages, REST API)."""
    if _loop is None or not _loop.is_running():
        return _source.current(cluster, namespace, name)
    future = asyncio.run_coroutine_threadsafe(live(cluster, namespace, name), _loop)
    try:
        return future.result(LIVE_SECONDS + 1)
    except TimeoutError:
        future.cancel()
        return Unreadable("the cluster did not answer in time")
