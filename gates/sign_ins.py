"""Signing in and out, for the log. Attempts that fail are bounded: an attacker must not fill it."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence

from django.db import Error
from django.http import HttpRequest

from gates import audit, callers, log_entries
from gates.audit import Actor

log = logging.getLogger(__name__)

SUCCEEDED, FAILED, ENDED = "signin.succeeded", "signin.failed", "signin.ended"
KIND = "sign-in"
LONGEST_NAME = 150
# So many failed attempts of one address in this time are entered; the last one says that it is the last.
MOST, WINDOW = 20, 900.0  # seconds
MOST_ADDRESSES = 10_000


class Bound:
    """Which failed attempts are entered, in this process."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, now: float) -> int:
        """How many more may be entered, this one included; 0: not this one."""
        with self._lock:
            times = self._seen.setdefault(address, deque())
            self._seen.move_to_end(address)
            while times and now - times[0] >= WINDOW:
                times.popleft()
            left = MOST - len(times)
            if left > 0:
                times.append(now)
            while len(self._seen) > MOST_ADDRESSES:
                self._seen.popitem(last=False)
            return left


_bound = Bound()


def succeeded(
    request: HttpRequest, name: str, method: str = callers.METHOD, groups: Sequence[str] = ()
) -> None:
    """In the transaction that signs in; raises django.db.Error, and then nobody is signed in.

    `groups` are those that whoever signed them in named, as far as they mean something here.
    """
    actor = Actor("person", name, method)
    after = {"groups": list(groups)} if groups else {}
    log_entries.enter(SUCCEEDED, actor, callers.origin(request, "page"), kind=KIND, name=name, after=after)


def ended(request: HttpRequest, name: str, method: str = callers.METHOD, why: str = "") -> None:
    """The same for signing out; `why` where it was not the person who did."""
    actor = Actor("person", name, method)
    after = {"because": why} if why else {}
    log_entries.enter(ENDED, actor, callers.origin(request, "page"), kind=KIND, name=name, after=after)


def failed(request: HttpRequest, name: str, *, locked_out: bool = False, why: str = "") -> None:
    """Nobody knows who it was: the name is what they typed, or what whoever signs them in said."""
    origin = callers.origin(request, "page")
    left = _bound.take(origin.source, time.monotonic())
    if left <= 0:
        return
    name = name.replace("\x00", "")[:LONGEST_NAME]
    after: dict[str, object] = {"locked_out": True} if locked_out else {}
    if why:
        after["because"] = why
    if left == 1:
        after["further_attempts"] = f"of this address are not entered for {WINDOW / 60:.0f} minutes"
    try:
        log_entries.enter(
            FAILED, Actor("person", name), origin, kind=KIND, name=name, outcome=audit.REFUSED, after=after
        )
    except Error as error:
        log.warning("a refused sign-in is not entered into the log: %s", error)
