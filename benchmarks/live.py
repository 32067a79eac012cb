"""A Canary's status written → changed in the page, with one Chromium and 19 more websocket clients."""

from __future__ import annotations

import asyncio
import html
import json
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
from playwright.async_api import Page, async_playwright

from benchmarks.figure import Figure, milliseconds, not_measured, percentile
from benchmarks.world import MANY, MOVING, Missing, World, key, status
from tests.support.kube import path_of
from tests.support.tiers import chromium

CLIENTS, SHOWN = 19, 100
WRITES, RATE = 2000, 50
WHAT = f"status written → row changed, {MANY:,} canaries, {MOVING} move, {RATE}/s"
TARGET = "p99 ≤ 150 ms"
STILL, NOT_AT_ALL = "cumulative layout shift of the list meanwhile", "0"
# Written before the measuring begins, to warm what starts cold.
WARM_UP = 200

# In the page: when each row took on each weight, by the clock that the writer uses as well.
WATCH = """() => {
  window.seen = [];
  window.moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.moved += entry.value; }))
    .observe({type: "layout-shift"});
  const look = (row) => window.seen.push(
    [row.dataset.canary, Number(row.dataset.weight), (performance.timeOrigin + performance.now()) / 1000]);
  new MutationObserver((changes) => changes.forEach(({target, addedNodes}) => {
    if (target.dataset && target.dataset.canary) look(target);
    addedNodes.forEach((node) => node.querySelectorAll &&
      [node, ...node.querySelectorAll("[data-canary]")].forEach((row) => row.dataset.canary && look(row)));
  })).observe(document.body, {subtree: true, childList: true, attributeFilter: ["data-weight"]});
}"""

Seen = tuple[str, int, float]


def measure(world: World) -> Iterator[Figure]:
    """WRITES writes at RATE a second to the MOVING canaries; every client shows the first SHOWN of them."""
    if chromium() is None:
        yield not_measured(WHAT, TARGET, "no Chromium here")
        return
    try:
        world.grow()
    except Missing as missing:
        yield not_measured(WHAT, TARGET, str(missing))
        return
    written, seen, moved = asyncio.run(_run(world))
    taken = latencies(written, seen)
    lost = len(written) - len(taken)
    p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
    measured = f"p50 {milliseconds(p50)}, p99 {milliseconds(p99)}" + (f", {lost} never seen" if lost else "")
    yield Figure(WHAT, TARGET, measured, p99 <= 0.15 and lost == 0)
    yield Figure(STILL, NOT_AT_ALL, f"{moved:.6f}", moved == 0)


def latencies(written: Sequence[Seen], seen: Sequence[Seen]) -> list[float]:
    """For each write that was seen, the seconds until the page showed that weight of that canary."""
    shown: dict[tuple[str, int], list[float]] = {}
    for canary, weight, at in seen:
        shown.setdefault((canary, weight), []).append(at)
    taken = []
    for canary, weight, at in written:
        later = [moment - at for moment in shown.get((canary, weight), []) if moment >= at]
        if later:
            taken.append(min(later))
    return taken


async def _run(world: World) -> tuple[list[Seen], list[Seen], float]:
    visitor = world.visitor()
    cookie = f"sessionid={visitor.cookies['sessionid']}"
    found = re.search(r'hx-ws:connect="([^"]+)"', visitor.get("/").text)
    assert found is not None, "the list page names no websocket"
    address = world.server.url.replace("http", "ws", 1) + html.unescape(found[1])
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        stack.push_async_callback(browser.close)
        context = await browser.new_context()
        session = visitor.cookies["sessionid"]
        await context.add_cookies([{"name": "sessionid", "value": session, "url": world.server.url}])
        page = await _open(await context.new_page(), world)
        # Written and read with as little work as can be: it shares the cores with what is measured.
        pages = await stack.enter_async_context(aiohttp.ClientSession(headers={"Cookie": cookie}))
        for _ in range(CLIENTS):
            listening = asyncio.create_task(_listen(pages, address, world.server.url))
            stack.callback(listening.cancel)
        trust = ssl.create_default_context(cafile=str(world.kube.ca))
        client = aiohttp.ClientSession(
            base_url=world.kube.url,
            connector=aiohttp.TCPConnector(ssl=trust),
            headers={
                "Authorization": "Bearer token-of-admin",
                "Content-Type": "application/merge-patch+json",
            },
        )
        await stack.enter_async_context(client)
        await _write(client, WARM_UP, 0)
        await page.evaluate(WATCH)
        written = await _write(client, WRITES, WARM_UP)
        await asyncio.sleep(2)
        shown = {"/".join(key(number)) for number in range(SHOWN)}
        seen = [tuple(row) for row in await page.evaluate("() => window.seen")]
        moved: float = await page.evaluate("() => window.moved")
        return [each for each in written if each[0] in shown], seen, moved


async def _open(page: Page, world: World) -> Page:
    await page.goto(f"{world.server.url}/")
    await page.locator("body[data-live=live]").wait_for()
    moving = await page.locator("tr[data-canary][data-phase=Progressing]").count()
    assert moving == SHOWN, f"{moving} moving canaries are shown"
    return page


async def _write(client: aiohttp.ClientSession, count: int, offset: int) -> list[Seen]:
    """Write `count` statuses, evenly spread; each canary's weight differs from its last one."""
    loop = asyncio.get_running_loop()
    begun, written, waiting = loop.time(), [], set[asyncio.Task[None]]()

    async def write(number: int, weight: int) -> None:
        namespace, name = key(number)
        patch: dict[str, Any] = {"status": status(number, weight)}
        at = time.time()
        address = path_of("Canary", namespace, name) + "/status"
        async with client.patch(address, data=json.dumps(patch)) as answer:
            answer.raise_for_status()
        written.append((f"{namespace}/{name}", weight, at))

    for index in range(count):
        await asyncio.sleep(begun + index / RATE - loop.time())
        turn = offset + index
        task = asyncio.create_task(write(turn % MOVING, 1 + (turn // MOVING) % 99))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
    await asyncio.gather(*waiting)
    return written


async def _listen(pages: aiohttp.ClientSession, address: str, url: str) -> None:
    """Read like a page, as long as the measuring takes."""
    async with pages.ws_connect(address, origin=url, max_msg_size=0) as socket:
        async for _message in socket:
            pass
