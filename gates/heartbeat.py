"""When Flagger last asked each gate, and how often: kept in memory, this process's own view.

Nothing is written to the database for a poll: thousands of canaries ask every few seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gates.keys import GateKey

# Anyone may ask for any name, so the number of names kept has an end: the longest unasked go first.
LIMIT = 50_000


@dataclass(frozen=True, slots=True)
class Asked:
    """How often, when last, and whether the answer was yes."""

    count: int
    last: datetime
    last_answer: bool
    why: str = ""


Listener = Callable[[GateKey, Asked], None]

_asked: dict[str, Asked] = {}
_listener: Listener | None = None


def record(key: GateKey, now: datetime, yes: bool, why: str = "") -> None:
    """Flagger has asked `key` and is told `yes`, or no and `why`."""
    before = _asked.pop(key.digest, None)
    after = _asked[key.digest] = Asked(before.count + 1 if before else 1, now, yes, why)
    if len(_asked) > LIMIT:
        del _asked[next(iter(_asked))]
    if _listener is not None:
        _listener(key, after)


def asked(key: GateKey) -> Asked | None:
    """What is known of `key`; None when Flagger has not asked since this process started."""
    return _asked.get(key.digest)


def listen(listener: Listener | None) -> None:
    """Have `listener` called after each ask, on the event loop: it must be quick. None ends it."""
    global _listener
    _listener = listener


def forget() -> None:
    """Start anew, as after a restart."""
    _asked.clear()
