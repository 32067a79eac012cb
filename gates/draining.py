"""Whether this process is being ended: it finishes what it has begun, and others should ask elsewhere."""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[], None]

_begun = False
_listeners: set[Listener] = set()


def begin() -> None:
    """From now on; tells the listeners. May be called by a signal's handler, between any two steps."""
    global _begun
    _begun = True
    for listener in list(_listeners):
        listener()


def begun() -> bool:
    """The end has begun."""
    return _begun


def listen(listener: Listener) -> Callable[[], None]:
    """Have `listener` called when it begins, in any thread and at any moment; returns the unsubscription."""
    _listeners.add(listener)
    return lambda: _listeners.discard(listener)
