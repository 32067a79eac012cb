"""Pages on hand-made canaries, and people who look at them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client

from dashboard import facts_source
from dashboard.publisher import Publisher
from dashboard.store import Store
from gates import facts, heartbeat
from gates.facts import Facts, Unreadable
from tests.support import views
from tests.support.people import People
from tests.support.waiting import eventually


class FromStore:
    """Facts as the store has them, so that decisions are taken about what the pages show."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """From memory."""
        view = self.store.get(namespace, name)
        if view is None:
            return Unreadable("there is no such canary", missing=True)
        return replace(facts_source.of(view), observed_at=datetime.now(UTC))

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """The same."""
        return self.current(cluster, namespace, name)


@pytest.fixture
def store() -> Iterator[Store]:
    """A live store that pages show and decisions read: `waiting` at promotion, `rising` at 25 %, `calm`."""
    made = views.store(
        views.canary("waiting", phase="WaitingPromotion"),
        views.canary("rising", weight=25, failed=2),
        views.canary("calm", "other", "Succeeded"),
    )
    facts.provide(FromStore(made))
    # What other tests asked in the name of canaries with these names.
    heartbeat.forget()
    with views.shown(made):
        yield made
    facts.provide(None)


@pytest.fixture
def approver(people: People) -> Client:
    """Alice's browser, which must bring the form's token along."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.alice, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def viewer(people: People) -> Client:
    """Victor's browser."""
    client = Client()
    client.force_login(people.victor, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def stranger(people: People) -> Client:
    """Nora's browser: signed in, without a role."""
    client = Client()
    client.force_login(people.nora, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
async def running(store: Store) -> AsyncIterator[Publisher]:
    """The publisher of the store, on the test's event loop."""
    made = Publisher(store)
    await made.start()
    # From here on the freezes are known: their banner does not come as a message of its own.
    await eventually(lambda: made.settled() is not None)
    yield made
    await made.stop()
