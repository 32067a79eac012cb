"""A chart in a real browser: reached by keyboard, read aloud, as wide as the page, and printed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LIMIT, Visit, browser, visit  # noqa: F401
from tests.browser.test_accessibility import violations
from tests.support.environment import without_settings
from tests.support.server import Server
from tests.support.tiers import ROOT

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo cluster, and with a release on the shelf."""
    server = Server(tmp_path_factory.mktemp("releases")).start()
    server.add_people()
    environment = without_settings(os.environ) | {"AVIARY_DATA_DIR": str(server.data_dir)}
    subprocess.run(
        [sys.executable, "-m", "tests.releases_pages.stock"],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=60,
    )
    yield server
    server.kill()


@pytest.fixture
def evidence(shop: Server, visit: Visit) -> Page:  # noqa: F811
    """The evidence page of that release."""
    page = visit(shop.url, "victor", "/releases?canary=shelf/checkout")
    page.click("[data-release] th a")
    expect(page.locator("article.evidence")).to_be_visible(timeout=LIMIT)
    return page


def test_marks_are_reached_by_keyboard_named_and_show_what_they_stand_for(evidence: Page) -> None:
    marks = evidence.get_by_role("img", name="hana approved the start of checkout")
    expect(marks).to_have_count(1)
    evidence.locator("article.evidence .title a").focus()
    evidence.keyboard.press("Tab")
    expect(marks).to_be_focused()
    expect(marks.locator(".tip")).to_be_visible()
    expect(marks.locator(".tip")).to_contain_text("window is open")
    evidence.keyboard.press("Tab")
    expect(evidence.get_by_role("img", name="failed checks: 1 of 5")).to_be_focused()
    expect(marks.locator(".tip")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit_a_phone_and_tips_stay_on_it(shop: Server, evidence: Page, width: int) -> None:
    evidence.set_viewport_size({"width": width, "height": 800})
    for mark in evidence.locator(".spot").all():
        mark.focus()
        box = mark.locator(".tip").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    for address in (evidence.url, "/releases", "/releases/stats"):
        evidence.goto(address)
        assert evidence.evaluate("document.documentElement.scrollWidth") <= width


def test_printing_leaves_the_navigation_out_and_everything_else_in(evidence: Page) -> None:
    evidence.emulate_media(media="print", color_scheme="dark")
    expect(evidence.locator("header.top")).to_be_hidden()
    for part in (".drawn", "table.data >> nth=-1", ".happened li >> nth=-1", ".proof"):
        expect(evidence.locator(part)).to_be_visible()
    # Ink on white paper, also for a reader of dark pages.
    assert evidence.evaluate("getComputedStyle(document.body).color") == "rgb(21, 26, 33)"
    assert evidence.pdf(format="A4").startswith(b"%PDF")


def test_times_of_the_document_stay_absolute_and_those_of_the_list_are_the_readers(evidence: Page) -> None:
    expect(evidence.locator(".moments time").first).to_have_text("2026-11-24 12:00:00 UTC")
    evidence.goto("/releases?canary=shelf/checkout")
    expect(evidence.locator("td.when time")).not_to_contain_text("UTC")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_axe_finds_nothing_on_evidence_statistics_and_a_list_with_rows(
    evidence: Page, scheme: Literal["light", "dark"], width: int
) -> None:
    evidence.set_viewport_size({"width": width, "height": 800})
    evidence.emulate_media(color_scheme=scheme)
    for address in (evidence.url, "/releases", "/releases?text=nothing", "/releases/stats?days=90"):
        evidence.goto(address)
        assert violations(evidence) == [], address
