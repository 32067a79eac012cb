"""The watch of what surrounds canaries, against a scripted API server: one watch a kind, and faults."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from dashboard import watching
from dashboard.around.surroundings import Around
from dashboard.resources import EVENTS, OPTIONAL, SERVICES, VIRTUAL_SERVICES
from dashboard.store import Reach, Store, Weight
from tests.around import things
from tests.cluster.scripted import Scripted, canary, listed, serving, status
from tests.cluster.watched import TIMING, watched
from tests.support.waiting import eventually


class Counting(Scripted):
    """Counts the watches of each kind, and keeps what they asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: Counter[str] = Counter()
        self.selectors: set[tuple[str, str]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Play the next act."""
        self.watched[request.path] += "watch" in request.query
        if "fieldSelector" in request.query:
            self.selectors.add((request.path, request.query["fieldSelector"]))
        return await super().handle(request)


@pytest.fixture
async def counting() -> AsyncIterator[Counting]:
    async with serving(Counting()) as server:
        assert isinstance(server, Counting)
        yield server


def around(store: Store) -> Around:
    view = store.get("test", "a")
    return store.around.of(view.canary) if view else Around()


async def test_each_kind_is_watched_once_for_the_store_and_its_surroundings(counting: Counting) -> None:
    counting.lists = deque([listed(canary("a"))])
    split = things.virtual_service("a", things.to(a_primary=70, a_canary=30))
    for resource in OPTIONAL.values():
        counting.others[resource.path()] = listed()
    counting.others[VIRTUAL_SERVICES.path()] = listed(split)
    counting.others[SERVICES.path()] = listed(things.service("a"))
    counting.others[EVENTS.path()] = listed(things.event("e", canary="a", uid="a"))
    # Some of them say nothing; a watch that counts as dead would be begun anew.
    async with watched(counting, replace(TIMING, silence=30)) as store:
        await eventually(lambda: around(store).routes and around(store).services and around(store).events)
        view = store.get("test", "a")
        assert view is not None
        assert view.weight == Weight(30, "VirtualService a")
        await eventually(lambda: all(counting.watched[each.path()] for each in OPTIONAL.values()))
    assert {counting.watched[each.path()] for each in OPTIONAL.values()} == {1}
    assert counting.selectors == {("/api/v1/events", "involvedObject.kind=Canary")}


async def test_a_kind_that_is_refused_is_forgotten_and_named_until_it_can_be_read_again(
    api: Scripted,
) -> None:
    api.lists = deque([listed(canary("a"))])
    api.others[SERVICES.path()] = listed(things.service("a"))
    async with watched(api) as store:
        await eventually(lambda: around(store).services)
        api.others[SERVICES.path()] = status(403)
        api.breaks[SERVICES.path()].set()
        await eventually(lambda: around(store).unread)
        assert around(store).unread == ("services: forbidden",)
        assert around(store).services == {}
        assert store.freshness.reach is Reach.LIVE
        api.others[SERVICES.path()] = listed(things.service("a-canary"))
        await eventually(lambda: around(store).services)
        assert around(store).unread == ()
        services = around(store).services
        assert services is not None
        assert list(services) == ["canary"]


async def test_what_is_not_installed_is_not_missed(api: Scripted) -> None:
    api.lists = deque([listed(canary("a"))])
    async with watched(api) as store:
        await eventually(lambda: store.get("test", "a") and around(store).services is not None)
        assert around(store) == Around(
            services={},
            metric_templates=around(store).metric_templates,
            alert_providers=around(store).alert_providers,
        )


async def test_events_that_can_no_longer_be_kept_up_to_date_are_not_shown_as_new(
    api: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "GRACE", 0.05)
    api.lists = deque([listed(canary("a"))])
    api.others[EVENTS.path()] = listed(things.event("e", canary="a", uid="a"))
    async with watched(api) as store:
        await eventually(lambda: around(store).events)
        api.others[EVENTS.path()] = status(500)
        api.breaks[EVENTS.path()].set()
        await eventually(lambda: around(store).unread == ("events: unreachable",))
        assert around(store).events == ()
