"""The audit page in a real browser: chips, saved views, what is new, and a download that proves itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import LIMIT, signed_in
from tests.browser.test_accessibility import violations
from tests.support.people import PASSWORD
from tests.support.server import Server

pytestmark = [pytest.mark.browser]

ADDRESSES = ("/audit", "/audit?person=alice&period=7d&outcome=refused", "/audit?since=yesterday", "/audit/1",
             "/audit/views", "/audit?text=no-such-reason", "/roles")  # fmt: skip


def touch(server: Server, name: str, act: str = "open") -> None:
    """As a script does: an entry of the log."""
    answer = httpx.post(f"{server.url}/gate/{act}", json={"name": name, "namespace": "audited"}, timeout=30)
    assert answer.status_code < 300, answer.text


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, whose log the tests fill."""
    server = Server(tmp_path_factory.mktemp("audited")).start()
    server.add_people()
    for name in ("first", "second", "third"):
        touch(server, name)
    yield server
    server.kill()


@pytest.fixture
def ada(browser: Browser, demo: Server) -> Iterator[Page]:
    """An admin's window."""
    page = signed_in(browser, demo.url, "ada")
    yield page
    page.context.close()


def entries(page: Page) -> Locator:
    return page.locator("[data-entry]")


def filtered(page: Page, **fields: str) -> None:
    """Fill the form."""
    page.locator("details.add > summary").click()
    for name, value in fields.items():
        page.fill(f"form.filters [name={name}]", value)
    page.click("form.filters button")


def test_filters_are_put_on_and_taken_off(ada: Page) -> None:
    ada.goto("/audit")
    filtered(ada, canary="audited/first", person="webhook (unverified)")
    ada.wait_for_url("/audit?person=webhook+%28unverified%29&canary=audited%2Ffirst")
    expect(entries(ada)).to_have_count(1)
    ada.get_by_role("link", name="Remove the filter Canary: audited/first").click()
    ada.wait_for_url("/audit?person=webhook+%28unverified%29")
    assert entries(ada).count() >= 3
    ada.get_by_role("link", name="Today").click()
    expect(ada.locator("[data-filter=period]")).to_contain_text("today")
    ada.get_by_role("link", name="Show everything").click()
    expect(ada.locator("[data-filter]")).to_have_count(0)


def test_a_view_is_saved_and_found_again(ada: Page) -> None:
    ada.goto("/audit?canary=audited%2Fsecond")
    ada.get_by_text("Save this view…").click()
    ada.fill("#view-name", "The second one")
    ada.get_by_role("button", name="Save", exact=True).click()
    view = ada.get_by_role("link", name="The second one")
    expect(view).to_have_attribute("aria-current", "true")
    ada.goto("/audit")
    view.click()
    expect(entries(ada)).to_have_count(1)
    ada.get_by_role("link", name="Saved views…").click()
    ada.get_by_label("New name of The second one").fill("Number two")
    ada.get_by_role("button", name="Rename").click()
    expect(ada.get_by_role("link", name="Number two")).to_be_visible()
    ada.get_by_role("button", name="Delete Number two").click()
    expect(ada.get_by_text("You have no saved view")).to_be_visible()


def test_what_is_new_is_said_and_waits_until_it_is_asked_for(ada: Page, demo: Server) -> None:
    ada.goto("/audit?namespace=audited&action=approvals")
    before = entries(ada).count()
    top = entries(ada).first.get_attribute("data-entry")
    touch(demo, "third", "close")
    httpx.post(f"{demo.url}/gate/open", json={"name": "x", "namespace": "elsewhere"}, timeout=30)
    fresh = ada.locator("#fresh")
    expect(fresh).to_have_text("1 new entry: show", timeout=LIMIT)
    assert fresh.get_attribute("role") == "status"
    assert entries(ada).count() == before
    assert entries(ada).first.get_attribute("data-entry") == top
    touch(demo, "third", "open")
    expect(fresh).to_have_text("2 new entries: show", timeout=LIMIT)
    fresh.locator("a").click()
    expect(entries(ada)).to_have_count(before + 2)
    expect(fresh).to_have_text("")
    assert ada.url.endswith("/audit?namespace=audited&action=approvals")


def test_the_keys_move_through_the_entries_and_open_one(ada: Page) -> None:
    ada.goto("/audit")
    ada.keyboard.press("j")
    ada.keyboard.press("j")
    expect(ada.locator("[data-stop]").nth(1)).to_be_focused()
    address = ada.locator("[data-stop]").nth(1).get_attribute("href")
    ada.keyboard.press("Enter")
    ada.wait_for_url(f"**{address}")


def downloaded(page: Page, link: str, to: Path) -> Path:
    """Click it in the menu of downloads; the file as the browser keeps it."""
    page.locator("details.downloads > summary").click()
    with page.expect_download() as waiting:
        page.locator("details.downloads").get_by_role("link", name=link, exact=True).click()
    path = to / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def verified(verifier: Path, export: Path) -> subprocess.CompletedProcess[str]:
    """As an auditor does it: the two files alone, without Aviary on the path."""
    return subprocess.run(
        [sys.executable, "-I", str(verifier), str(export)],
        cwd=export.parent, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_download_by_the_browser_is_proven_by_the_verifier_beside_it(ada: Page, tmp_path: Path) -> None:
    ada.goto("/audit")
    export = downloaded(ada, "JSON Lines", tmp_path)
    ada.goto("/audit")
    verifier = downloaded(ada, "Verifier", tmp_path)
    proof = verified(verifier, export)
    assert proof.returncode == 0, proof.stdout + proof.stderr
    lines = export.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["manifest"]["count"] == len(lines) - 1 >= 3
    # The same file with one letter of one reason changed.
    entry = json.loads(lines[1])
    entry["reason"] += "!"
    lines[1] = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    export.write_text("\n".join(lines) + "\n", encoding="utf-8")
    proof = verified(verifier, export)
    assert proof.returncode != 0
    assert str(entry["seq"]) in proof.stdout + proof.stderr


def test_a_download_holds_exactly_what_is_filtered(ada: Page, tmp_path: Path) -> None:
    ada.goto("/audit?canary=audited%2Ffirst")
    shown = {each.get_attribute("data-entry") for each in entries(ada).all()}
    export = downloaded(ada, "JSON Lines", tmp_path)
    lines = [json.loads(line) for line in export.read_text(encoding="utf-8").splitlines()]
    assert {str(each["seq"]) for each in lines[:-1]} == shown
    assert lines[-1]["manifest"]["filters"] == {"canary": "audited/first"}


def test_everything_works_without_scripts(browser: Browser, demo: Server) -> None:
    context = browser.new_context(base_url=demo.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=username]", "victor")
    page.fill("[name=password]", PASSWORD)
    page.click("form.sign-in button")
    page.goto("/audit")
    filtered(page, canary="audited/first")
    expect(entries(page)).to_have_count(1)
    page.locator("details.save > summary").click()
    page.fill("#view-name", "mine")
    page.click("details.save button")
    expect(page.get_by_role("link", name="mine")).to_have_attribute("aria-current", "true")
    page.locator("[data-filter=canary] a").click()
    page.locator("[data-entry] a.num").last.click()
    expect(page.locator("#own-hash")).to_have_text(re.compile("^[0-9a-f]{64}$"))
    page.locator("dd details > summary").click()
    expect(page.locator("#canonical")).to_be_visible()
    context.close()


@pytest.fixture(scope="module", params=["light", "dark"])
def reader(browser: Browser, demo: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An admin's window in one colour scheme."""
    scheme: Literal["light", "dark"] = request.param
    page = signed_in(browser, demo.url, "ada")
    page.emulate_media(color_scheme=scheme)
    yield page
    page.context.close()


@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_finds_nothing_and_a_phone_never_scrolls_sideways(reader: Page, address: str) -> None:
    reader.set_viewport_size({"width": 1280, "height": 720})
    reader.goto(address)
    reader.evaluate("document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })")
    assert violations(reader) == []
    reader.set_viewport_size({"width": 360, "height": 740})
    assert reader.evaluate("document.documentElement.scrollWidth") <= 360
    for panel in reader.locator("main details[open]").all():
        box = panel.bounding_box()
        assert box is not None
        assert box["x"] >= 0


def test_a_reader_who_is_no_auditor_gets_no_checkpoints(browser: Browser, demo: Server) -> None:
    page = signed_in(browser, demo.url, "victor")
    page.goto("/audit")
    page.locator("details.downloads > summary").click()
    expect(page.locator("details.downloads").get_by_role("link", name="JSON Lines")).to_be_visible()
    expect(page.get_by_role("link", name="Signed checkpoints")).to_have_count(0)
    page.context.close()


def test_the_log_is_in_utc_with_the_readers_own_time_beside_it(ada: Page, browser: Browser) -> None:
    ada.goto("/audit")
    expect(ada.locator(".day h2").first).to_contain_text("UTC")
    state, address = ada.context.storage_state(), ada.url
    for zone, locale in (("UTC", "en-US"), ("Asia/Seoul", "ko-KR")):
        context = browser.new_context(storage_state=state, timezone_id=zone, locale=locale)
        page = context.new_page()
        page.goto(address)
        entry = entries(page).first
        logged, own = entry.locator(".when > time").first, entry.locator("time[data-own]")
        at = datetime.fromisoformat(logged.get_attribute("datetime") or "").astimezone(UTC)
        expect(logged).to_have_text(f"{at:%H:%M:%S}")
        there = at.astimezone(ZoneInfo(zone))
        expect(own).to_have_text("" if zone == "UTC" else re.compile(rf"(^|\D)0?{there.hour}:{there:%M}"))
        if locale == "ko-KR":
            expect(page.locator(".day h2 time").first).to_have_text(
                re.compile(rf"^{at.year}년 {at.month}월 {at.day}일 .요일$")
            )
        context.close()
