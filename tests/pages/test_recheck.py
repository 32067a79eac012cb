"""Looking again whether a page may stay: beside what is sent, unless it takes too long."""

from __future__ import annotations

import asyncio

from dashboard.recheck import Recheck
from tests.support.waiting import eventually


async def test_work_goes_on_while_it_looks_and_is_told_once() -> None:
    answer, woken = asyncio.Event(), asyncio.Event()
    looks = []

    async def look() -> str:
        looks.append(1)
        await answer.wait()
        return "gone"

    recheck, now = Recheck(look, 5, woken.set), asyncio.get_running_loop().time()
    assert await recheck.found(now + 4) is None
    assert looks == []
    assert await recheck.found(now + 6) is None
    await eventually(lambda: looks)
    assert await recheck.found(now + 7) is None
    assert not woken.is_set()
    answer.set()
    await woken.wait()
    assert await recheck.found(now + 8) == "gone"
    assert await recheck.found(now + 8) is None
    assert looks == [1]


async def test_a_look_that_takes_longer_than_the_time_between_two_is_waited_for() -> None:
    answer = asyncio.Event()
    recheck, now = Recheck(answer.wait, 5, lambda: None), asyncio.get_running_loop().time()
    assert await recheck.found(now + 6) is None
    waiting = asyncio.create_task(recheck.found(now + 12))
    for _turn in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    answer.set()
    assert await waiting is True


async def test_nothing_is_left_of_it() -> None:
    recheck, now = Recheck(asyncio.Event().wait, 5, lambda: None), asyncio.get_running_loop().time()
    assert await recheck.found(now + 6) is None
    recheck.stop()
    await eventually(lambda: len(asyncio.all_tasks()) == 1)
