"""The same with a real browser: its own rules about redirects, forms and cookies hold, too."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.browser.conftest import LIMIT
from tests.browser.conftest import browser as chromium  # noqa: F401
from tests.sign_in.conftest import Browser, Provider
from tests.support.server import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def page(known: Server, chromium: Chromium) -> Iterator[Page]:  # noqa: F811
    """A window of its own, on nobody's behalf."""
    context = chromium.new_context(base_url=known.url)
    page = context.new_page()
    page.set_default_timeout(LIMIT)
    yield page
    context.close()


def enter(page: Page, sub: str) -> None:
    """By the button, and through the provider's form."""
    page.get_by_role("link", name="Sign in with Example SSO").click()
    page.fill("[name=sub]", sub)
    page.get_by_role("button", name="Authorize").click()


def test_a_person_comes_in_works_and_leaves(page: Page, provider: Provider) -> None:
    sub = provider.person("sre")
    page.goto("/audit?person=alice")
    enter(page, sub)
    page.wait_for_url("/audit?person=alice")
    page.get_by_text(sub).first.click()
    expect(page.get_by_text("may look and decide")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("/sign-in")
    page.goto("/audit")
    page.wait_for_url(re.compile("/sign-in"))


def test_an_open_page_leaves_when_the_role_goes(page: Page, provider: Provider, known: Server) -> None:
    sub = provider.person("sre")
    page.goto("/")
    enter(page, sub)
    page.wait_for_url("/")
    expect(page.locator("body[data-live]")).to_be_attached()
    provider.person(sub=sub)
    with Browser(known) as elsewhere:
        assert elsewhere.enter(provider, sub).status_code == 403
    page.wait_for_url(re.compile("/sign-in"), timeout=LIMIT)


def test_who_has_no_role_is_told_so(page: Page, provider: Provider) -> None:
    page.goto("/sign-in")
    enter(page, provider.person("unknown"))
    expect(page.get_by_text("none of your groups has a role here")).to_be_visible()
    page.get_by_role("link", name="To the sign-in page").click()
    page.wait_for_url("/sign-in")
