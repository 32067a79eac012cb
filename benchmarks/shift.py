"""What moves on the list and on a canary's page during a whole release, without anybody's doing."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from benchmarks.figure import Figure, not_measured
from benchmarks.world import CANARIES, Missing, World, in_phase, key
from tests.support.tiers import chromium

WHAT, TARGET = "cumulative layout shift during a release, {page}", "0"
# As Flagger writes it; the last canary, which rests before and after.
NUMBER = CANARIES - 1
RELEASE = (
    ("Waiting", 0), ("Progressing", 0), ("Progressing", 10), ("Progressing", 25), ("Progressing", 50),
    ("Progressing", 75), ("Progressing", 90), ("WaitingPromotion", 0), ("Promoting", 0), ("Finalising", 0),
    ("Succeeded", 0),
)  # fmt: skip
WATCH = """() => {
  window.moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.moved += entry.value; }))
    .observe({type: "layout-shift"});
}"""
# Milliseconds for each state to be seen, and for times to tick.
LOOK = 1500


def measure(world: World) -> Iterator[Figure]:
    """Both pages are open while the release runs."""
    names = ("list", "one canary")
    if chromium() is None:
        yield from (not_measured(WHAT.format(page=name), TARGET, "no Chromium here") for name in names)
        return
    try:
        visitor = world.visitor()
    except Missing as missing:
        yield from (not_measured(WHAT.format(page=name), TARGET, str(missing)) for name in names)
        return
    namespace, name = key(NUMBER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context()
        session = visitor.cookies["sessionid"]
        context.add_cookies([{"name": "sessionid", "value": session, "url": world.server.url}])
        addresses = (f"{world.server.url}/?q=name:{name}", f"{world.server.url}/canaries/{namespace}/{name}")
        # A window each: a page behind another one is not drawn.
        pages = [_open(browser.new_context(storage_state=context.storage_state()).new_page(), address)
                 for address in addresses]  # fmt: skip
        for phase, weight in RELEASE:
            world.kube.set_status("Canary", namespace, name, in_phase(phase, weight))
            for page in pages:
                page.locator(
                    f":is(tr, article)[data-canary='{namespace}/{name}'][data-phase={phase}]"
                ).wait_for()
                page.wait_for_timeout(LOOK)
        moved: list[float] = [page.evaluate("() => window.moved") for page in pages]
        browser.close()
    for told, sum_of_moves in zip(names, moved, strict=True):
        yield Figure(WHAT.format(page=told), TARGET, f"{sum_of_moves:.6f}", sum_of_moves == 0)


def _open(page: Page, address: str) -> Page:
    page.goto(address)
    page.locator("body[data-live=live]").wait_for()
    page.wait_for_timeout(LOOK)
    page.evaluate(WATCH)
    return page
