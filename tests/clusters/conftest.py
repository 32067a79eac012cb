"""Two clusters with a canary of the same name in each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from dashboard import stores
from dashboard.publisher import Publisher
from dashboard.store import Reach, Store
from tests.support import views
from tests.support.people import People

CLUSTERS = {"default": "here", "east": "there"}


def fill(store: Store, **rest: Any) -> None:
    """`shop/cart` with a target and a primary."""
    views.put(store, replace(views.canary("cart", "shop", **rest), cluster=store.cluster))


@pytest.fixture
def two(settings: Any) -> Iterator[tuple[Store, Store]]:
    """Live; both are shown."""
    settings.CLUSTERS = CLUSTERS
    made = Store("default", "default"), Store("east", "east")
    for store in made:
        fill(store)
        store.set_freshness(Reach.LIVE)
    before = stores.use_all(made)
    yield made
    stores.use_all(before)


@pytest.fixture
async def published(two: tuple[Store, Store]) -> AsyncIterator[tuple[Store, Store]]:
    """Each by its own publisher."""
    running = [Publisher(store) for store in two]
    for each in running:
        await each.start()
    yield two
    for each in running:
        await each.stop()


@pytest.fixture
def client(people: People) -> Client:
    """Alice's browser."""
    made = Client()
    made.force_login(people.alice, "django.contrib.auth.backends.ModelBackend")
    return made
