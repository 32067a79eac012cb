"""When Flagger last asked each gate, and how often: kept in memory, this process's own view.

Nothing is written to the database for a poll: thousands of canaries ask every few seconds. What is new
waits in memory, for `asked_flush` to write all of it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gates import metrics
from gates.keys import GateKey

# Anyone may ask for any name, so the number of names kept has an end: the longest unasked go first.
LIMIT = 50_000
# Before the kind of a typed hook's key; drop-in switches have none.
TYPED = "hook:"


@dataclass(frozen=True, slots=True)
class Asked:
    """How often, when last, and whether the answer was yes."""

    count: int
    last: datetime
    last_answer: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Beat:
    """What is not yet written of one key: `count` asks since `since`, and what the last one was told.

    `anew`: the first of them came after a yes, so what was counted before is over.
    """

    key: GateKey
    count: int
    since: datetime
    anew: bool
    last: datetime
    yes: bool
    why: str


Listener = Callable[[GateKey, Asked], None]

_asked: dict[str, Asked] = {}
_beats: dict[str, Beat] = {}
_listener: Listener | None = None


def record(key: GateKey, now: datetime, yes: bool, why: str = "") -> None:
    """Flagger has asked `key` and is told `yes`, or no and `why`."""
    before = _asked.pop(key.digest, None)
    after = _asked[key.digest] = Asked(before.count + 1 if before else 1, now, yes, why)
    if len(_asked) > LIMIT:
        del _asked[next(iter(_asked))]
    _count(key, after, anew=before is not None and before.last_answer)
    if _listener is not None:
        _listener(key, after)


def asked(key: GateKey) -> Asked | None:
    """What is known of `key`; None when Flagger has not asked since this process started."""
    return _asked.get(key.digest)


def pending(key: GateKey) -> Beat | None:
    """What is not yet written of `key`."""
    return _beats.get(key.digest)


def take() -> list[Beat]:
    """Everything that is not yet written; from now on it is the caller's."""
    beats = list(_beats.values())
    _beats.clear()
    return beats


def put_back(beats: list[Beat]) -> None:
    """They could not be written; what came meanwhile is added to them."""
    for beat in beats:
        newer = _beats.get(beat.key.digest)
        if newer is None:
            _beats[beat.key.digest] = beat
        elif not newer.anew:
            count = beat.count + newer.count
            _beats[beat.key.digest] = replace(newer, count=count, since=beat.since, anew=beat.anew)
    _bound()


def listen(listener: Listener | None) -> None:
    """Have `listener` called after each ask, on the event loop: it must be quick. None ends it."""
    global _listener
    _listener = listener


def forget() -> None:
    """Start anew, as after a restart."""
    _asked.clear()
    _beats.clear()


def _count(key: GateKey, asked: Asked, *, anew: bool) -> None:
    before = _beats.pop(key.digest, None)
    if before is None or anew:
        beat = Beat(key, 1, asked.last, anew, asked.last, asked.last_answer, asked.why)
    else:
        beat = replace(before, count=before.count + 1, last=asked.last, yes=asked.last_answer, why=asked.why)
    _beats[key.digest] = beat
    _bound()


def _bound() -> None:
    while len(_beats) > LIMIT:
        metrics.dropped(metrics.ASKS)
        del _beats[next(iter(_beats))]
