"""Flagger's messages: the same one comes as a Kubernetes Event and over the event hook. Pure.

Kubernetes counts equal messages in one Event and keeps only their first and last time, in whole seconds; the
event hook tells of each, unless it is lost. Out of both: in which stretches a message came, and how often.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# How far the two clocks of one message may be apart. Flagger's intervals are 10 s at least.
SKEW = timedelta(seconds=4)
# Kubernetes puts this before the latest of many different messages, which it counts as one.
COMBINED = "(combined from similar events): "
HOOK, EVENT = "hook", "event"


@dataclass(frozen=True, slots=True)
class Told:
    """One call of the event hook, at Flagger's own time."""

    at: datetime
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """One Event of Kubernetes; `count` times from `first` to `last`."""

    message: str
    warning: bool
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message `count` times from `first` to `last`. `sources`: HOOK, EVENT or both.

    `combined`: Kubernetes counted it together with others, so it may have come more often.
    """

    message: str
    warning: bool
    first: datetime
    last: datetime
    count: int
    sources: frozenset[str]
    combined: bool = False


def merged(
    counted: Iterable[Counted], told: Iterable[Told], pause: timedelta, cuts: Sequence[datetime] = ()
) -> list[Message]:
    """Each stretch of each message, newest first. A stretch ends with a silence longer than `pause`, and at
    a cut: where another release began (ascending)."""
    events: defaultdict[tuple[str, bool], list[Counted]] = defaultdict(list)
    calls: defaultdict[tuple[str, bool], list[datetime]] = defaultdict(list)
    for event in sorted(set(counted), key=lambda each: (each.first, each.last, each.count, each.message)):
        events[event.message.removeprefix(COMBINED), event.warning].append(event)
    for call in sorted(set(told), key=lambda each: (each.at, each.message)):
        calls[call.message, call.warning].append(call.at)
    found = [
        stretch
        for key in events.keys() | calls.keys()
        for stretch in _stretches(_single(key, events[key], calls[key]), pause, cuts)
    ]
    return sorted(found, key=lambda each: (each.last, each.first, each.message), reverse=True)


def _single(key: tuple[str, bool], events: list[Counted], calls: list[datetime]) -> list[Message]:
    """What is known to have happened, oldest first: each call, and of each Event what no call tells."""
    found = [Message(*key, at, at, 1, frozenset({HOOK})) for at in calls]
    for event in events:
        for at in (event.first, event.last):
            place = _near(calls, at)
            if place is not None:
                found[place] = replace(found[place], sources=frozenset({HOOK, EVENT}))
        found += _untold(key, event, calls)
    return sorted(found, key=lambda each: (each.first, each.last))


def _untold(key: tuple[str, bool], event: Counted, calls: list[datetime]) -> Iterator[Message]:
    combined = event.message.startswith(COMBINED)
    sources = frozenset({EVENT})
    if combined:
        # Its count and first time are of other messages as well.
        if _near(calls, event.last) is None:
            yield Message(*key, event.last, event.last, 1, sources, combined)
        return
    between = bisect_right(calls, event.last + SKEW) - bisect_left(calls, event.first - SKEW)
    left = event.count - between
    if between == 0 and event.count > 2:
        yield Message(*key, event.first, event.last, event.count, sources)
        return
    ends = [at for at in dict.fromkeys((event.first, event.last)) if _near(calls, at) is None]
    for place, at in enumerate(ends):
        # What else Kubernetes counted was told before anybody listened.
        yield Message(*key, at, at, max(1, left - len(ends) + 1) if place == 0 else 1, sources)
    if not ends and left > 0:
        yield Message(*key, event.first, event.first, left, sources)


def _near(calls: list[datetime], at: datetime) -> int | None:
    """The call that is meant by a time in whole seconds."""
    place = bisect_left(calls, at - SKEW)
    within = range(place, bisect_right(calls, at + SKEW))
    return min(within, key=lambda other: abs(calls[other] - at), default=None)


def _stretches(single: list[Message], pause: timedelta, cuts: Sequence[datetime]) -> Iterator[Message]:
    current: Message | None = None
    for each in single:
        if current is not None and _goes_on(current, each, pause, cuts):
            current = replace(
                current,
                last=max(current.last, each.last),
                count=current.count + each.count,
                sources=current.sources | each.sources,
                combined=current.combined or each.combined,
            )
            continue
        if current is not None:
            yield current
        current = each
    if current is not None:
        yield current


def _goes_on(current: Message, each: Message, pause: timedelta, cuts: Sequence[datetime]) -> bool:
    same_release = bisect_right(cuts, current.last) >= bisect_right(cuts, each.first)
    return same_release and each.first - current.last <= pause
