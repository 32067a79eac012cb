"""Decided in one process → seen in a browser on another; and pages after the API server was away."""

from __future__ import annotations

import time
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from benchmarks.figure import Figure, milliseconds, not_measured, percentile
from benchmarks.trio import Trio
from tests.gates.calls import ACCEPTED, ask
from tests.replicas.shop import NAME, NAMESPACE, PATH, WHO, canary, opened, phase
from tests.support.etcd import compact
from tests.support.tiers import chromium

DECISIONS, PAUSE = 200, 0.1
SEEN = f"decision in one process → seen in a browser on another, {DECISIONS} times"
P99 = "p99 ≤ 250 ms"
RESTARTED = "API server restarted, etcd compacted → pages current"

# In the page: when its gate's switch changed, by the clock of the machine.
WATCH = """() => {
  window.seen = [];
  const now = () => (document.querySelector("[data-switch=gate]") || {dataset: {}}).dataset.open;
  let last = now();
  new MutationObserver(() => {
    if (now() === last) return;
    last = now();
    window.seen.push((performance.timeOrigin + performance.now()) / 1000);
  }).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


def seen_elsewhere(trio: Trio) -> Iterator[Figure]:
    """From before the call that decides, to the change in the page's document."""
    if chromium() is None:
        yield not_measured(SEEN, P99, "no Chromium here")
        return
    session = trio.visitor().cookies["sessionid"]
    ask(trio.servers[0], "/gate/close", WHO)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context()
        url = trio.servers[1].url
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        page = context.new_page()
        page.goto(f"{url}{PATH}")
        page.locator("body[data-live=live]").wait_for()
        page.wait_for_timeout(2000)
        page.evaluate(WATCH)
        taken = [_seconds_until_seen(trio, page, number) for number in range(DECISIONS)]
        browser.close()
    p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
    measured = f"p50 {milliseconds(p50)}, p99 {milliseconds(p99)}, most {milliseconds(max(taken))}"
    yield Figure(SEEN, P99, measured, p99 <= 0.25)


def _seconds_until_seen(trio: Trio, page: Page, number: int) -> float:
    at = time.time()
    assert ask(trio.servers[0], f"/gate/{('open', 'close')[number % 2]}", WHO) == ACCEPTED
    # The page's own policy forbids a function made of text, as waiting would use.
    while page.evaluate("window.seen.length") <= number:
        assert time.time() < at + 30, "it is never seen"
        time.sleep(0.01)
    # Not in step with the second in which each process looks by itself.
    time.sleep(PAUSE + (number % 7) * 0.1)
    seen: float = page.evaluate(f"window.seen[{number}]")
    return seen - at


def api_server_restarted(trio: Trio) -> Iterator[Figure]:
    """From when the API server is ready until the pages of all three show what has changed meanwhile."""
    trio.kube.apply(canary("gone"))
    pids = [server.pid for server in trio.servers]
    with opened(trio.servers, trio.visitor(), "/") as pages:
        trio.kube.kill()
        for page in pages:
            page.until_live("stale")
        trio.kube.start()
        begun = time.monotonic()
        trio.kube.delete("Canary", NAMESPACE, "gone")
        compact(trio.kube)
        phase(trio.kube, "Failed", NAME)
        slowest = max(page.until(r'data-phase="?Failed') for page in pages) - begun
    phase(trio.kube, "Waiting", NAME)
    same = [server.pid for server in trio.servers] == pids
    yield Figure(RESTARTED, "≤ 10 s, no restart", f"{slowest:.1f} s", slowest <= 10 and same)
