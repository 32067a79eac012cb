"""The manifest in a browser: copied by its button, and legible without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit, signed_in
from tests.browser.test_live_pages import live
from tests.support.server import Server

pytestmark = pytest.mark.browser
PAGE = "/canaries/payments/checkout"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on the demo, with the cast."""
    server = Server(tmp_path_factory.mktemp("shop")).start()
    server.add_people()
    yield server
    server.kill()
    print(f"--- output of the server\n{server.output}")


def test_the_button_copies_the_whole_manifest(shop: Server, visit: Visit) -> None:
    page = visit(shop.url, "victor", PAGE)
    # The first message draws the page anew, with it the button.
    live(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#sec-manifest summary").click()
    button = page.locator("[data-copy]")
    button.click()
    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#manifest-text").text_content()
    assert copied.startswith("apiVersion: flagger.app/v1beta1\nkind: Canary\n")


def test_without_a_clipboard_the_text_is_selected(shop: Server, visit: Visit) -> None:
    page = visit(shop.url, "victor", PAGE)
    # The first message draws the page anew, with it the button.
    live(page)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.locator("#sec-manifest summary").click()
    page.locator("[data-copy]").click()
    expect(page.locator("[data-copy]")).to_have_text("Selected: copy it")
    assert "kind: Canary" in page.evaluate("getSelection().toString()")


def test_without_scripts_it_unfolds_and_offers_no_button(shop: Server, browser: Browser) -> None:
    session = signed_in(browser, shop.url, "victor").context
    plain = browser.new_context(
        base_url=shop.url, java_script_enabled=False, storage_state=session.storage_state()
    )
    try:
        page = plain.new_page()
        page.goto(PAGE)
        page.locator("#sec-manifest summary").click()
        expect(page.locator("#manifest-text")).to_be_visible()
        expect(page.locator("[data-copy]")).to_be_hidden()
        expect(page.locator("#sec-checks")).to_contain_text("at least 99")
    finally:
        plain.close()
        session.close()
