"""The list page at 5,000 canaries: first byte, answer to a filter, the weight of all that a browser loads."""

from __future__ import annotations

import time
from collections.abc import Iterator

from playwright.sync_api import sync_playwright

from benchmarks.figure import Figure, median, milliseconds, not_measured
from benchmarks.world import MANY, Missing, World
from tests.support.tiers import chromium
from tests.support.visitor import Visitor

FIRST, FIRST_TARGET, FIRST_MOST = f"list page at {MANY:,} canaries, first byte", "≤ 200 ms", 0.2
FILTER, FILTER_TARGET, FILTER_MOST = f"filter response at {MANY:,} canaries", "≤ 100 ms", 0.1
WEIGHT, WEIGHT_TARGET = f"list page at {MANY:,} canaries with all assets, compressed", "≤ 300 kB"
WEIGHT_MOST = 300_000
REQUESTS = 40
# Letter by letter as somebody types, then what finds many, few and none.
TYPED = (
    "s", "sh", "shop-4", "ns:team-07", "image:1.1 !ns:team-01", "phase:succeeded is:waiting", "is:warning",
    "team:none", "nothing at all",
)  # fmt: skip
# Headers included; nothing comes from a cache in a new context.
TRANSFERRED = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .map((entry) => entry.transferSize)"""


def measure(world: World) -> Iterator[Figure]:
    """One request after the other, signed in."""
    try:
        world.grow()
        visitor = world.visitor()
    except Missing as missing:
        for what, target in ((FIRST, FIRST_TARGET), (FILTER, FILTER_TARGET), (WEIGHT, WEIGHT_TARGET)):
            yield not_measured(what, target, str(missing))
        return
    assert visitor.get("/").text.count("data-canary=") >= 100, "the list is not filled"
    taken = [_first_byte(visitor) for _ in range(REQUESTS)]
    yield Figure(FIRST, FIRST_TARGET, _told(taken), max(taken) <= FIRST_MOST)
    taken = [_filtered(visitor, text) for _ in range(5) for text in TYPED]
    yield Figure(FILTER, FILTER_TARGET, _told(taken), max(taken) <= FILTER_MOST)
    if chromium() is None:
        yield not_measured(WEIGHT, WEIGHT_TARGET, "no Chromium here")
        return
    weights = _weights(world, visitor)
    measured = f"{sum(weights) / 1000:.0f} kB in {len(weights)} answers"
    yield Figure(WEIGHT, WEIGHT_TARGET, measured, sum(weights) <= WEIGHT_MOST)


def _told(taken: list[float]) -> str:
    return f"median {milliseconds(median(taken))}, slowest {milliseconds(max(taken))}"


def _first_byte(visitor: Visitor) -> float:
    begun = time.perf_counter()
    with visitor.stream("GET", "/") as answer:
        next(answer.iter_raw())
        return time.perf_counter() - begun


def _filtered(visitor: Visitor, text: str) -> float:
    """Until the last byte: nothing is drawn before."""
    begun = time.perf_counter()
    answer = visitor.get("/", params={"q": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - begun


def _weights(world: World, visitor: Visitor) -> list[int]:
    """Bytes of each answer that a browser loads for the list, the first time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context()
        session = visitor.cookies["sessionid"]
        context.add_cookies([{"name": "sessionid", "value": session, "url": world.server.url}])
        page = context.new_page()
        page.goto(f"{world.server.url}/")
        page.locator("body[data-live=live]").wait_for()
        found: list[int] = page.evaluate(TRANSFERRED)
        browser.close()
    return found
