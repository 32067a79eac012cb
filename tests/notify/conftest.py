"""Rules, a room and a mailbox that messages really arrive in, and the typed hooks' canary."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from dashboard.models import NotificationRule
from dashboard.notify import outbox, rules
from dashboard.notify.observing import Observing
from dashboard.notify.rules import Caller, Wanted
from dashboard.notify.sending import Sender
from dashboard.notify.topics import USUAL
from dashboard.store import Store
from gates.access_rights import EVERYTHING
from gates.audit import Actor, Origin
from tests.people.conftest import browse
from tests.support.receivers import Mailbox, Room
from tests.typed.conftest import cluster, flagger

__all__ = ["ADA", "browse", "cluster", "flagger", "look", "rule", "send", "tell"]

ADA = Caller(Actor("person", "ada"), Origin("page", "10.0.0.2"), EVERYTHING)


def rule(url: str, **more: object) -> NotificationRule:
    """A rule for the payments and all usual events, without reminders."""
    wanted: dict[str, object] = {"name": "on call", "url": url, "namespaces": "pay*", "events": USUAL}
    return rules.create(Wanted(**(wanted | more)), ADA)  # type: ignore[arg-type]


def look(*stores: Store) -> None:
    """One replica looks once."""
    Observing(lambda: stores).look()


def send() -> None:
    """One replica sends what is due, until nothing more is."""

    async def rounds() -> None:
        mine = Sender()
        while True:
            await mine.round()
            if not mine._busy:
                return
            await asyncio.gather(*mine._busy.values())

    asyncio.run(rounds())


def tell(*stores: Store) -> None:
    """Look, then send."""
    look(*stores)
    send()


@pytest.fixture
def room() -> Iterator[Room]:
    """A chat room."""
    room = Room()
    yield room
    room.close()


@pytest.fixture
def slow() -> Iterator[Room]:
    """A chat room that takes its calls and answers none."""
    slow = Room()
    slow.pause = 60
    yield slow
    slow.close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mailbox."""
    mailbox = Mailbox()
    yield mailbox
    mailbox.close()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second try is due at once: time is moved, not waited for."""
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", outbox.LONGEST_PAUSE * 0)
