"""Answers that no API server should give: reported, mended by a list, never taken for the truth."""

from __future__ import annotations

from collections import deque

import pytest

from dashboard.store import Reach, Trouble
from tests.cluster import scripted
from tests.cluster.scripted import Scripted, canary, line, listed, status, stream
from tests.cluster.watched import watched
from tests.support.waiting import eventually

HANG = stream(then="hang")


async def test_garbage_in_the_watch_is_reported_and_mended_by_a_list(api: Scripted) -> None:
    api.lists = deque([listed(canary("a")), listed(canary("b"))])
    api.watches = deque([stream(b"<html>no event</html>\n"), HANG])
    details: list[str] = []
    async with watched(api) as store:
        store.subscribe(lambda _change: details.append(store.freshness.detail))
        await eventually(lambda: store.get("test", "b"))
        assert store.freshness.reach is Reach.LIVE
    assert "the answer about canaries.flagger.app is not JSON" in details


@pytest.mark.parametrize("answer", [b"not json", b"[]", b'{"items": 3}', b'{"items": []}', b"\xff\xfe", b""])
async def test_garbage_instead_of_a_list_is_trouble_not_an_empty_list(api: Scripted, answer: bytes) -> None:
    api.lists = deque([listed(canary("a")), scripted.text(answer)])
    api.watches = deque([status(410)])
    async with watched(api) as store:
        await eventually(lambda: store.freshness.trouble is Trouble.UNREACHABLE)
        assert store.get("test", "a"), "what was known stays, greyed"


@pytest.mark.parametrize(
    "event",
    [
        b'{"type": 1}',
        b'{"type": "ADDED"}',
        b"[]",
        b'{"type": "ERROR", "object": {}}',
        b'{"type": "ADDED", "object": 1}',
    ],
)
async def test_an_event_of_the_wrong_shape_is_mended_by_a_list(api: Scripted, event: bytes) -> None:
    api.watches = deque([stream(event + b"\n"), HANG])
    async with watched(api) as store:
        await eventually(lambda: api.count(watch=False) == 2)
        await eventually(lambda: store.freshness.reach is Reach.LIVE)


async def test_an_event_of_an_unknown_type_changes_nothing(api: Scripted) -> None:
    api.watches = deque([stream(line("PONDERED", canary("a")), line("ADDED", canary("b"))), HANG])
    async with watched(api) as store:
        await eventually(lambda: store.get("test", "b"))
        assert store.get("test", "a") is None
    assert api.count(watch=False) == 1


async def test_half_an_event_before_the_break_is_dropped_and_comes_again(api: Scripted) -> None:
    whole = line("ADDED", canary("a", 6))
    api.watches = deque([stream(whole[:40], then="break"), stream(whole, then="hang")])
    async with watched(api) as store:
        await eventually(lambda: store.get("test", "a"))


async def test_an_event_in_many_pieces_is_put_together(api: Scripted) -> None:
    whole = line("ADDED", canary("a", 6)) + b"\n" + line("ADDED", canary("b", 7))
    api.watches = deque([stream(*(whole[at : at + 7] for at in range(0, len(whole), 7)), then="hang")])
    async with watched(api) as store:
        await eventually(lambda: store.get("test", "b"))
        assert store.get("test", "a")


async def test_no_answer_from_the_server_appears_in_a_text_for_people(api: Scripted) -> None:
    api.lists = deque([status(500)])
    async with watched(api) as store:
        await eventually(lambda: store.freshness.detail)
        assert "secret" not in store.freshness.detail


async def test_an_unreadable_object_is_shown_and_does_not_stop_the_others(api: Scripted) -> None:
    odd = canary("odd")
    odd["spec"] = "not an object"
    odd["status"] = {"canaryWeight": "ten", "phase": 7, "conditions": {}}
    api.lists = deque([listed(odd, canary("fine"))])
    async with watched(api) as store:
        await eventually(lambda: store.get("test", "fine"))
        view = store.get("test", "odd")
        assert view is not None
        assert "spec is not an object" in view.canary.problem
        assert "status.canaryWeight is not a whole number" in view.canary.problem
