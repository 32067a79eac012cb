"""Grey says that a page shows old data: not before it is old, nor where nothing would follow anyway."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.conftest import Visit, signed_in
from tests.browser.test_accessibility import demo
from tests.browser.test_live_pages import live
from tests.support.server import Server

pytestmark = [pytest.mark.browser]
__all__ = ["demo"]

# How faint each of these parts is from its first frame on.
WATCH = """
  window.faint = {};
  const look = () => {
    for (const name of ["#inbox", "#rows", ".split", ".title"]) {
      const one = document.querySelector(name);
      if (one) (window.faint[name] ||= []).push(getComputedStyle(one).opacity);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""
LIST, ONE = ["#inbox", "#rows"], [".split", ".title"]
GREY = "names => names.every((name) => (window.faint[name] || []).at(-1) === '0.62')"


def first(page: Page) -> dict[str, str]:
    """How faint each part was when it was painted first."""
    found: dict[str, list[str]] = page.evaluate("() => window.faint")
    return {name: seen[0] for name, seen in found.items()}


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
@pytest.mark.parametrize(("path", "parts"), [("/", LIST), ("/canaries/accounts/login", ONE)])
def test_a_page_that_loads_is_not_grey_but_one_that_never_connects_becomes_so(
    demo: Server, browser: Browser, motion: str, path: str, parts: list[str]
) -> None:
    page = signed_in(browser, demo.url, "victor")
    page.emulate_media(reduced_motion="reduce" if motion == "reduce" else "no-preference")
    # A connection on which nothing is ever heard.
    page.route_web_socket("**", lambda _socket: None)
    page.add_init_script(WATCH)
    page.goto(path)
    expect(page.locator("#live")).to_have_text("reconnecting…")
    page.wait_for_function(GREY, arg=parts)
    assert first(page) == dict.fromkeys(parts, "1")
    page.context.close()


def test_a_page_that_was_live_and_lost_its_connection_becomes_grey(demo: Server, visit: Visit) -> None:
    page = visit(demo.url, "victor")
    sockets: list[WebSocketRoute] = []

    def once(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) == 1:
            socket.connect_to_server()

    page.route_web_socket("**", once)
    page.add_init_script(WATCH)
    page.reload()
    live(page)
    sockets[0].close()
    live(page, "reconnecting")
    page.wait_for_function(GREY, arg=LIST)
    assert first(page) == dict.fromkeys(LIST, "1")


@pytest.mark.parametrize("width", [1280, 360])
def test_without_scripts_the_page_is_not_grey_and_promises_nothing(
    demo: Server, browser: Browser, width: int
) -> None:
    cookies = signed_in(browser, demo.url, "victor").context.storage_state()
    context = browser.new_context(
        base_url=demo.url,
        java_script_enabled=False,
        storage_state=cookies,
        viewport={"width": width, "height": 740},
    )
    page = context.new_page()
    for path in ("/", "/canaries/accounts/login"):
        page.goto(path)
        expect(page.locator("noscript .note")).to_be_visible()
        expect(page.locator("#live")).to_be_hidden()
        for part in page.locator("#inbox, #rows, .split, .title").all():
            expect(part).to_have_css("opacity", "1")
            expect(part).to_have_css("filter", "none")
    page.goto("/")
    for cell in page.locator("#rows tbody .end").all():
        time = cell.locator("time").first
        expect(time).to_contain_text("UTC")
        around, inside = cell.bounding_box(), time.bounding_box()
        assert around
        assert inside
        assert inside["x"] + inside["width"] <= around["x"] + around["width"] + 1
        assert inside["y"] + inside["height"] <= around["y"] + around["height"] + 1
        assert cell.evaluate("it => it.scrollWidth <= it.clientWidth && it.scrollHeight <= it.clientHeight")
    for row in page.locator("#rows tbody .row").all():
        boxes = [cell.bounding_box() for cell in row.locator("th, .opt:not(:empty), .end").all()]
        assert all(box and box["width"] > 60 for box in boxes)
    context.close()
