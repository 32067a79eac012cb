"""A canary's page where there is no room for columns: what a decision is about follows the decision."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import violations
from tests.browser.test_list import RELEASE, WATCH
from tests.browser.test_live_pages import Shop, live, shop, shows
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.kube]
__all__ = ["shop"]

SIZES = [(360, 740), (900, 720)]
# In the order of the eye: from above, in one row from the left.
SEEN = """() => {
  const at = (it) => it.getBoundingClientRect();
  const all = [...document.querySelectorAll(".split .sec")].filter((it) => it.offsetParent);
  all.sort((one, other) => at(one).top - at(other).top || at(one).left - at(other).left);
  return all.map((it) => it.id.replace("sec-", ""));
}"""
IN = "() => document.activeElement.closest('.split .sec')?.id.replace('sec-', '')"


def window(page: Page) -> int:
    """Its width in pixels."""
    width: int = page.evaluate("innerWidth")
    return width


@pytest.fixture(params=SIZES, ids=["phone", "tablet"])
def page(request: pytest.FixtureRequest, server: Server, shop: Shop, visit: Visit) -> Page:
    """The page of somebody who may decide about a canary that has nothing new so far."""
    shop.image("shop:2.0", "-primary")
    shop.write("Initialized", 0)
    width, height = request.param
    page = visit(server.url, "alice")
    page.set_viewport_size({"width": width, "height": height})
    page.goto(shop.address)
    live(page)
    shows(page, shop, phase="Initialized")
    return page


def test_what_would_change_follows_the_decision(page: Page, shop: Shop) -> None:
    shop.image("shop:3.0")
    shop.write("WaitingPromotion", 0)
    shows(page, shop, phase="WaitingPromotion")
    seen: list[str] = page.evaluate(SEEN)
    narrow = ["decide", "changes", "traffic", "steps", "checks", "switches"]
    beside = ["decide", "changes", "steps", "traffic", "checks", "switches"]
    phone = window(page) < 640
    assert seen[:6] == (narrow if phone else beside)
    assert seen.index("switches") < seen.index("webhooks") < seen.index("timeline")
    # The keyboard goes down the page, once.
    page.locator("#main").focus()
    order: list[str] = []
    page.keyboard.press("Tab")
    while here := page.evaluate(IN):
        order += [here] if here not in order[-1:] else []
        page.keyboard.press("Tab")
    assert order[:2] == ["decide", "changes"]
    assert order == [name for name in seen if name in order]
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= window(page)


def test_nothing_moves_during_a_release(page: Page, shop: Shop) -> None:
    page.evaluate(WATCH)
    shop.image("shop:3.0")
    expect(page.locator("#sec-changes")).to_contain_text("3.0")
    for phase, weight in RELEASE:
        shop.write(phase, weight)
        shows(page, shop, phase=phase)
        # Whatever comes a moment later, such as times in the reader's words, has come when this returns.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 250)))")
    assert page.evaluate("() => window.moved") == []
