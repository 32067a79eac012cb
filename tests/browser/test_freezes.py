"""The way of a freeze in a real browser: form, preview, freeze, countdown on another page, lifting."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import LIMIT, signed_in
from tests.conftest import Serve
from tests.freezes.conftest import hence

pytestmark = [pytest.mark.browser]


def test_a_freeze_reaches_an_open_page_counts_down_and_goes(serve: Serve, browser: Browser) -> None:
    server = serve()
    server.add_people()
    victor = signed_in(browser, server.url, "victor")
    expect(victor.locator("#freeze")).to_be_hidden()
    ada = signed_in(browser, server.url, "ada")
    ada.goto("/freezes")
    ada.click("text=Freeze…")
    ada.fill("[name=namespaces]", "*")
    ada.fill("[name=ends_at]", f"{hence(hours=30):%Y-%m-%dT%H:%M}")
    ada.fill("[name=reason]", "incident 4711")
    ada.check("[name=in_flight]")
    ada.click("button[value=preview]")
    expect(ada.locator('[data-scope="in-flight"]')).to_contain_text("Would be stuck in flight")
    assert victor.locator("#freeze").is_hidden()
    ada.click("button[value=confirm]")
    ada.wait_for_url("/freezes")
    expect(ada.locator('[data-freezes="current"] .freeze')).to_have_count(1)
    left = victor.locator("#freeze time[data-left]")
    expect(left).to_have_text(re.compile(r"^1 day \d+ hr"), timeout=LIMIT)
    ada.click("text=Lift…")
    ada.click("form.freezing button.go")
    expect(victor.locator("#freeze")).to_be_hidden(timeout=LIMIT)
    victor.set_viewport_size({"width": 360, "height": 740})
    for path in ("/freezes", "/"):
        victor.goto(path)
        assert victor.evaluate("document.documentElement.scrollWidth") <= 360
    for page in (ada, victor):
        page.context.close()
