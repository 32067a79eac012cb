"""What an API server can do wrong, one test each, over real HTTP and with short pauses."""

from __future__ import annotations

from collections import defaultdict, deque

import pytest

from dashboard.resources import VIRTUAL_SERVICES
from dashboard.store import Reach, Store, Trouble, Weight
from dashboard.watcher import Backoff, Timing
from dashboard.watching import ClusterWatch
from tests.cluster import scripted
from tests.cluster.scripted import Scripted, bookmark, canary, line, listed, serving, status, stream
from tests.cluster.watched import TIMING, watched
from tests.support.waiting import eventually

HANG = stream(then="hang")


def phase(store: Store, name: str) -> str | None:
    view = store.get("test", name)
    return view.canary.phase if view else None


async def test_changes_arrive_and_the_newest_version_is_resumed_from(api: Scripted) -> None:
    api.lists = deque([listed(canary("a"), version=5)])
    api.watches = deque(
        [
            stream(line("ADDED", canary("b", 6)), line("MODIFIED", canary("a", 7, phase="Progressing"))),
            stream(line("DELETED", canary("b", 8)), bookmark(9)),
            HANG,
        ]
    )
    async with watched(api) as store:
        await eventually(lambda: api.count(watch=True) == 3)
        assert phase(store, "a") == "Progressing"
        assert store.get("test", "b") is None
    versions = [query["resourceVersion"] for query in api.asked if "watch" in query]
    assert versions == ["5", "7", "9"]
    assert api.count(watch=False) == 1


async def test_an_expired_version_in_the_watch_means_listing_again(api: Scripted) -> None:
    api.lists = deque([listed(canary("old"), version=5), listed(canary("new"), version=90)])
    api.watches = deque([stream(scripted.expired()), HANG])
    async with watched(api) as store:
        await eventually(lambda: store.get("test", "new"))
        assert store.get("test", "old") is None
        assert store.freshness.reach is Reach.LIVE
        await eventually(lambda: api.asked[-1].get("resourceVersion") == "90")


async def test_an_expired_version_as_a_status_means_listing_again_and_is_never_stale(api: Scripted) -> None:
    api.lists = deque([listed(canary("old")), listed(canary("new"))])
    api.watches = deque([status(410), HANG])
    reaches: list[Reach] = []
    async with watched(api) as store:
        store.subscribe(lambda _change: reaches.append(store.freshness.reach))
        await eventually(lambda: store.get("test", "new"))
    assert Reach.STALE not in reaches


async def test_an_expired_continuation_starts_the_list_anew(api: Scripted) -> None:
    api.lists = deque(
        [
            listed(canary("a"), following="page 2"),
            status(410),
            listed(canary("a"), following="page 2 again"),
            listed(canary("b"), version=7),
        ]
    )
    async with watched(api) as store:
        await eventually(lambda: store.get("test", "b"))
        assert store.get("test", "a")
    assert [query.get("continue") for query in api.asked if "watch" not in query] == [
        None,
        "page 2",
        None,
        "page 2 again",
    ]


async def test_a_broken_connection_is_resumed_without_listing(api: Scripted) -> None:
    api.lists = deque([listed(version=5)])
    api.watches = deque([stream(line("ADDED", canary("a", 6)), then="break"), HANG])
    async with watched(api) as store:
        await eventually(lambda: api.count(watch=True) == 2)
        assert store.freshness.reach is Reach.LIVE
    assert api.asked[-1]["resourceVersion"] == "6"
    assert api.count(watch=False) == 1


async def test_silence_counts_as_a_dead_connection(api: Scripted) -> None:
    api.watches = deque([HANG, stream(line("ADDED", canary("a")), then="hang")])
    async with watched(api) as store:
        await eventually(lambda: store.get("test", "a"))
    assert api.count(watch=False) == 1


@pytest.mark.parametrize("limit", ["LIST_SILENCE", "OPEN_LIMIT"])
async def test_a_server_that_accepts_and_never_answers_is_out_of_reach(
    api: Scripted, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(f"dashboard.cluster.{limit}", 0.1)
    kind = api.lists if limit == "LIST_SILENCE" else api.watches
    kind.appendleft(scripted.hang)
    seen: set[Trouble] = set()
    async with watched(api, Timing(first=0.01, cap=0.05)) as store:
        store.subscribe(lambda _change: seen.add(store.freshness.trouble))
        await eventually(lambda: Trouble.UNREACHABLE in seen)
        await eventually(lambda: store.freshness.reach is Reach.LIVE)


async def test_a_server_that_ends_every_watch_at_once_is_not_asked_in_a_tight_loop(api: Scripted) -> None:
    api.watches = deque([stream()])
    async with watched(api, Timing(first=0.1, cap=0.4, silence=5)) as store:
        await eventually(lambda: api.count(watch=True) >= 4)
        assert store.freshness.reach is Reach.LIVE
        # Four pauses of at least 0.05, 0.1 and 0.2 s lie between: a loop would have asked hundreds of times.
        assert api.count(watch=True) < 8


@pytest.mark.parametrize("code", [429, 500, 503, 301])
async def test_other_statuses_are_trouble_and_retried(api: Scripted, code: int) -> None:
    api.lists = deque([status(code), status(code), listed(canary("a"))])
    seen: list[str] = []
    async with watched(api) as store:
        store.subscribe(lambda _change: seen.append(store.freshness.detail))
        await eventually(lambda: store.get("test", "a"))
    assert f"the API server answered {code} for canaries.flagger.app" in seen


async def test_missing_crd_is_its_own_trouble_and_its_appearance_is_noticed(api: Scripted) -> None:
    api.lists = deque([status(404), status(404), listed(canary("a"))])
    troubles: list[Trouble] = []
    async with watched(api) as store:
        store.subscribe(lambda _change: troubles.append(store.freshness.trouble))
        await eventually(lambda: store.get("test", "a"))
        assert store.freshness.trouble is Trouble.NONE
    assert Trouble.NO_CRD in troubles


async def test_a_crd_that_goes_takes_its_canaries_with_it(api: Scripted) -> None:
    api.lists = deque([listed(canary("a")), status(404)])
    api.watches = deque([status(404)])
    async with watched(api) as store:
        await eventually(lambda: store.freshness.trouble is Trouble.NO_CRD)
        assert list(store.all()) == []


async def test_a_refusal_names_the_missing_right(api: Scripted) -> None:
    api.lists = deque([status(403)])
    async with watched(api) as store:
        await eventually(lambda: store.freshness.trouble is Trouble.FORBIDDEN)
        assert store.freshness.detail == "the credentials lack the right to list canaries.flagger.app"
        assert store.freshness.reach is Reach.STARTING


@pytest.mark.parametrize("code", [404, 403, 500])
async def test_an_optional_kind_that_cannot_be_read_never_makes_the_page_stale(
    api: Scripted, code: int
) -> None:
    api.others = defaultdict(lambda: status(code))
    reaches: set[Reach] = set()
    async with watched(api) as store:
        await eventually(lambda: store.freshness.reach is Reach.LIVE)
        store.subscribe(lambda _change: reaches.add(store.freshness.reach))
        tried = api.other_calls
        await eventually(lambda: api.other_calls > tried + 20)
        assert store.freshness.reach is Reach.LIVE
    assert Reach.STALE not in reaches


def route(weight: int) -> dict[str, object]:
    hosts = [("a-primary", 100 - weight), ("a-canary", weight)]
    rule = {"route": [{"destination": {"host": host}, "weight": share} for host, share in hosts]}
    meta = {"namespace": "test", "name": "a", "resourceVersion": "1"}
    return {"kind": "VirtualService", "metadata": meta, "spec": {"http": [rule]}}


async def test_a_route_that_can_no_longer_be_read_stops_being_the_truth(api: Scripted) -> None:
    api.lists = deque([listed(canary("a", phase="WaitingPromotion"))])
    api.others[VIRTUAL_SERVICES.path()] = listed(route(30))
    async with watched(api) as store:
        await eventually(lambda: _weight(store) == Weight(30, "VirtualService a"))
        # Every watch breaks off and every list is refused from now on; the canaries stay live.
        api.others[VIRTUAL_SERVICES.path()] = status(403)
        api.breaks[VIRTUAL_SERVICES.path()].set()
        await eventually(lambda: _weight(store) == Weight(30, "last seen"))
        assert store.freshness.reach is Reach.LIVE


def _weight(store: Store) -> Weight | None:
    view = store.get("test", "a")
    return view.weight if view else None


async def test_a_server_that_goes_away_makes_the_store_stale_and_comes_back(unused_tcp_port: int) -> None:
    api = Scripted()
    api.lists = deque([listed(canary("a"))])
    async with serving(api, unused_tcp_port):
        store = Store("default", "scripted")
        watch = ClusterWatch(store, api.connection, TIMING)
        await watch.start()
        await eventually(lambda: store.freshness.reach is Reach.LIVE)
    await eventually(lambda: store.freshness.reach is Reach.STALE)
    assert store.freshness.trouble is Trouble.UNREACHABLE
    assert f"127.0.0.1:{unused_tcp_port}" in store.freshness.detail
    assert store.get("test", "a")
    since = store.freshness.since
    api.lists = deque([listed(canary("b"))])
    async with serving(api, unused_tcp_port):
        await eventually(lambda: store.freshness.reach is Reach.LIVE)
        assert store.freshness.since > since
        assert store.get("test", "b")
        assert store.get("test", "a") is None
        await watch.stop()


async def test_a_mistake_of_our_own_is_reported_and_the_watch_goes_on(
    api: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store("default", "scripted")
    apply, calls = store.apply, iter([True])

    def failing(kind: str, *args: object, **options: object) -> None:
        if kind == "Canary" and next(calls, False):
            raise ZeroDivisionError
        apply(kind, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "apply", staticmethod(failing))
    api.lists = deque([listed(canary("a"))])
    async with ClusterWatch(store, api.connection, TIMING):
        await eventually(lambda: store.get("test", "a"))


def test_pauses_grow_to_the_cap_are_spread_and_start_again() -> None:
    backoff = Backoff(0.2, 5.0)
    pauses = [backoff.next() for _ in range(1000)]
    assert 0.1 <= pauses[0] <= 0.2
    assert all(2.5 <= pause <= 5.0 for pause in pauses[5:])
    assert len({round(pause, 6) for pause in pauses[5:]}) > 100
    backoff.reset()
    assert backoff.next() <= 0.2
