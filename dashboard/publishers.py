"""This process's publishers, one for each cluster, and what lists show of all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.roll import AnyRoll, as_one
from gates import heartbeat
from gates.keys import GateKey

if TYPE_CHECKING:
    from dashboard.publisher import Publisher

_running: dict[str, Publisher] = {}
_roll: AnyRoll = as_one([])


def every() -> list[Publisher]:
    """Those that have started, in that order."""
    return list(_running.values())


def of(cluster: str) -> Publisher | None:
    """A cluster's publisher."""
    return _running.get(cluster)


def roll() -> AnyRoll:
    """What lists show: the roll of the only publisher, or all rolls as one."""
    return _roll


def add(source: Publisher) -> None:
    """It has started."""
    _running[source.store.cluster] = source
    heartbeat.listen(_heard)
    _together()


def remove(source: Publisher) -> None:
    """It has ended."""
    if _running.get(source.store.cluster) is source:
        del _running[source.store.cluster]
    if not _running:
        heartbeat.listen(None)
    _together()


def look() -> None:
    """Another process has decided something: read the log now. On the event loop."""
    for source in _running.values():
        source.look()


def _together() -> None:
    global _roll
    _roll = as_one([each.roll for each in _running.values()])


def _heard(key: GateKey, asked: heartbeat.Asked) -> None:
    if (source := _running.get(key.cluster)) is not None:
        source.heard(key)
