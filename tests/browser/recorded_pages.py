"""Pages of recorded canaries: a server that watches them, and what tests do on such a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LIMIT, Visit
from tests.browser.recorded_shop import NAMESPACE, Shop
from tests.browser.test_live_pages import live, unreloaded
from tests.interventions.live import Loop, until
from tests.one_a import prometheus
from tests.support.kube import Kube
from tests.support.server import Server

OLD, NEW = "app:1.0.0", "app:2.0.0"


@dataclass
class Metrics:
    """What Flagger's own /metrics say, served over HTTP at `address`."""

    address: str = ""
    text: str = ""
    read: int = 0

    def say(self, *lines: str) -> None:
        """From now on; returns when the server has asked for it."""
        self.text, before = "".join(lines), self.read
        until(lambda: self.read > before)

    async def answer(self, _request: web.Request) -> web.Response:
        """One reading."""
        self.read += 1
        return web.Response(text=prometheus.HEAD + self.text)


@pytest.fixture(scope="module")
def metrics() -> Iterator[Metrics]:
    """Without a value so far."""
    made, loop = Metrics(), Loop()
    serving = prometheus.serving(made.answer)
    made.address = loop.run(serving.__aenter__())
    yield made
    loop.run(serving.__aexit__(None, None, None))
    loop.close()


@pytest.fixture(scope="module")
def flagged(kube: Kube, metrics: Metrics, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here: its account may patch, and it reads Flagger's metrics."""
    kube.clear(kube.namespace(NAMESPACE))
    server = Server(
        tmp_path_factory.mktemp("recorded"),
        AVIARY_CLUSTER="kubeconfig",
        KUBECONFIG=str(kube.kubeconfig("changer")),
        AVIARY_FLAGGER_METRICS_URL=metrics.address,
    ).start()
    server.add_people()
    yield server
    server.kill()
    kube.clear(NAMESPACE)


Make = Callable[..., Shop]


@pytest.fixture
def make(kube: Kube, flagged: Server) -> Iterator[Make]:
    """`make(service={…}, stepWeights=[…])`: a recorded canary of its own; both are added to its spec."""
    before = len(flagged.output)

    def one(service: dict[str, Any] | None = None, **analysis: Any) -> Shop:
        return Shop(kube, flagged, analysis, service or {})

    yield one
    print(f"--- output of the server\n{flagged.output[before:]}")


def opened(visit: Visit, shop: Shop, who: str = "victor") -> Page:
    """Its page, live and marked: whoever looks for the mark later knows that it was not loaded anew."""
    page = visit(shop.server.url, who, shop.address)
    live(page)
    unreloaded(page)
    return page


def phase(page: Page, name: str) -> None:
    """Wait until the page shows it."""
    expect(page.locator("#detail")).to_have_attribute("data-phase", name, timeout=LIMIT)


def decide(page: Page, act: str, reason: str) -> None:
    """Open the dialog, say why, press its button, and wait until it has gone."""
    page.locator(f"#sec-decide [data-action={act}], #sec-decide [data-also={act}]").first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("textarea").fill(reason)
    dialog.locator(f"[data-action={act}]").click()
    expect(dialog).to_have_count(0, timeout=LIMIT)


def begin(page: Page, shop: Shop, reason: str = "graphs are calm") -> None:
    """A new revision: Flagger asks, is told no, somebody approves, it asks again and begins."""
    shop.image(NEW)
    shop.status("Waiting")
    phase(page, "Waiting")
    assert shop.asks("confirm-rollout", "Waiting")[0] == 403
    decide(page, "approve", reason)
    assert shop.asks("confirm-rollout", "Waiting") == (200, "Approved")
    shop.status("Progressing")
    phase(page, "Progressing")


def rows(page: Page, text: str) -> Locator:
    """Rows of the timeline that say so."""
    return page.locator("#timeline li[data-kind]").filter(has_text=text)


def ladder(page: Page) -> list[str]:
    """State and label of each rung; gates in brackets."""
    said = """rungs => rungs.map(rung => {
      const label = rung.firstChild.textContent.trim(), gate = rung.classList.contains("gate");
      return `${rung.classList[0]} ${gate ? `[${label}]` : label}`;
    })"""
    found: list[str] = page.locator(".ladder > li").evaluate_all(said)
    return found
