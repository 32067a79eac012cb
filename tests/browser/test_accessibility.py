"""WCAG AA on every page in light and dark; phones; keys; reading and deciding without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LIMIT, Visit, signed_in
from tests.support.server import Server

pytestmark = [pytest.mark.browser]
WAITS = "checkout"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
# Its manifest has something to warn of.
WIRED = "/canaries/catalog/recommender"
LIVE_PAGES = ("/", "/?q=ns:payments", "/canaries/accounts/login")
PAGES = (
    *LIVE_PAGES,
    "/canaries/accounts/login/approve",
    "/freezes",
    "/freezes/new",
    "/audit",
    "/audit/1",
    "/roles",
    "/tokens",
    "/tokens/new/personal",
    "/tokens/new/webhook",
    "/notifications",
    "/notifications/new",
    "/releases",
    "/no-such-page",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo's cluster: every phase is to be seen."""
    server = Server(tmp_path_factory.mktemp("demo")).start()
    server.add_people()
    yield server
    server.kill()


@pytest.fixture(scope="module", params=["light", "dark"])
def ada(browser: Browser, demo: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An admin's window in one colour scheme."""
    scheme: Literal["light", "dark"] = request.param
    page = signed_in(browser, demo.url, "ada")
    page.emulate_media(color_scheme=scheme)
    yield page
    page.context.close()


def violations(page: Page) -> list[str]:
    """What axe finds, one line each with the element."""
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    return [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def settled(page: Page, path: str) -> None:
    """Open it and wait for its live connection, if it has one."""
    page.goto(path)
    if page.locator("body[data-live]").count():
        expect(page.locator("body[data-live=live]")).to_be_attached(timeout=LIMIT)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(ada: Page, path: str) -> None:
    settled(ada, path)
    for fold in ada.locator("details:not([open]) > summary").all():
        if fold.is_visible():
            fold.click()
    assert violations(ada) == []


def test_axe_finds_nothing_on_a_phone_where_lines_of_a_manifest_are_wider_than_it(ada: Page) -> None:
    before = ada.viewport_size
    ada.set_viewport_size({"width": 360, "height": 740})
    settled(ada, WIRED)
    for fold in ada.locator("#sec-wiring summary").all():
        fold.click()
    assert ada.locator("#sec-wiring pre").evaluate_all(
        "all => all.some(one => one.scrollWidth > one.clientWidth)"
    )
    found = violations(ada)
    ada.set_viewport_size(before or {"width": 1280, "height": 720})
    assert found == []


def test_axe_finds_nothing_before_anybody_has_signed_in(browser: Browser, demo: Server) -> None:
    page = browser.new_context(base_url=demo.url).new_page()
    page.goto("/sign-in")
    assert violations(page) == []
    page.context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_never_scrolls_sideways(ada: Page, path: str) -> None:
    before = ada.viewport_size
    ada.set_viewport_size({"width": 360, "height": 740})
    settled(ada, path)
    width = ada.evaluate("document.documentElement.scrollWidth")
    ada.set_viewport_size(before or {"width": 1280, "height": 720})
    assert width <= 360


def test_keys_move_open_and_explain_but_never_decide(demo: Server, visit: Visit) -> None:
    page = visit(demo.url, "alice")
    expect(page.locator("body[data-live=live]")).to_be_attached(timeout=LIMIT)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    # A busy browser gives the focus back a moment after the dialog has gone.
    page.wait_for_function("() => document.activeElement === document.body")
    page.keyboard.press("/")
    expect(page.locator("#filter")).to_be_focused()
    page.keyboard.type("j")
    expect(page.locator("#filter")).to_have_value("j")
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 300})
    first = page.locator("[data-stop]:visible").first
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-stop]:visible").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("a")
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator("textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(first).to_be_visible()
    address = first.get_attribute("href")
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")


def test_keys_go_on_from_a_card_that_was_just_ticked(demo: Server, visit: Visit) -> None:
    page = visit(demo.url, "alice")
    expect(page.locator("body[data-live=live]")).to_be_attached(timeout=LIMIT)
    tick, filter_field = page.locator(".tick-one").first, page.locator("#filter")
    tick.check()
    page.keyboard.press("j")
    expect(page.locator("#mine [data-stop]").nth(1)).to_be_focused()
    tick.focus()
    page.keyboard.press("a")
    expect(page.locator("#dialog textarea")).to_be_focused()
    # Inside a dialog they stay letters.
    page.keyboard.type("/?j")
    expect(page.locator("#dialog textarea")).to_have_value("/?j")
    page.locator("#dialog h2").click()
    page.keyboard.press("/")
    expect(filter_field).not_to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    tick.focus()
    page.keyboard.press("/")
    expect(filter_field).to_be_focused()
    expect(tick).to_be_checked()


def test_a_phase_that_changes_is_said_aloud(demo: Server, visit: Visit) -> None:
    page = visit(demo.url, "victor")
    # The demo goes on by itself: sooner or later some phase changes.
    expect(page.locator("#told")).to_have_text(re.compile(r"\S+/\S+: \S+"), timeout=60_000)


def test_reading_and_deciding_work_without_scripts(browser: Browser, demo: Server) -> None:
    context = browser.new_context(base_url=demo.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=username]", "alice")
    page.fill("[name=password]", "correct horse battery staple")
    page.click("form.sign-in button")
    page.fill("#filter", WAITS)
    page.click("form.tools button")
    page.locator(f"tr a:text-is('{WAITS}')").click()
    page.locator("[data-action=rollback], [data-action=hold]").first.click()
    page.fill("[name=reason]", "decided without scripts")
    page.locator("#decide [data-action]").click()
    page.goto("/audit")
    expect(page.get_by_text("decided without scripts").first).to_be_visible()
    context.close()
