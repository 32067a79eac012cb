"""Draws the pictures in this folder anew from the demo: `make screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.people import PASSWORD
from tests.support.server import Server
from tests.support.tiers import chromium

FOLDER = Path(__file__).resolve().parent
# Seconds: long enough for the demo's canaries to wait for a start and for a promotion.
PATIENCE = 120
# Waits for its promotion in the demo.
PROMOTED = "payments/checkout"


def main() -> None:
    """The list, one canary, the evidence of its release, the log, and the list on a phone in the dark."""
    with tempfile.TemporaryDirectory(prefix="aviary-pictures-") as scratch, sync_playwright() as playwright:
        server = Server(Path(scratch), AVIARY_DEMO_INTERVAL="1").start()
        try:
            server.add_people()
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            _draw(browser, server.url)
        finally:
            server.kill()


def _draw(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=1.5)
    _sign_in(page, url)
    waiting = page.locator("[data-waiting]")
    waiting.nth(3).wait_for(timeout=PATIENCE * 1000)
    page.screenshot(path=FOLDER / "canaries.png")
    waiting.first.get_by_role("link").first.click()
    page.locator("body[data-live=live]").wait_for()
    page.screenshot(path=FOLDER / "canary.png")
    _release(page, url)
    page.screenshot(path=FOLDER / "evidence.png")
    page.goto(f"{url}/audit")
    page.screenshot(path=FOLDER / "audit.png")

    phone = browser.new_page(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, color_scheme="dark", is_mobile=True
    )
    _sign_in(phone, url)
    phone.screenshot(path=FOLDER / "phone.png")


def _release(page: Page, url: str) -> None:
    """Let one through; then the record of its release."""
    page.goto(f"{url}/canaries/{PROMOTED}/approve")
    page.get_by_label("Reason").fill("Error rate and latency are as before")
    page.get_by_role("button", name="Approve promotion").click()
    page.goto(f"{url}/canaries/{PROMOTED}")
    page.locator(f"[data-canary='{PROMOTED}'][data-phase=Succeeded]").wait_for(timeout=PATIENCE * 1000)
    page.get_by_role("link", name="Evidence").click()
    # Its end is written down a moment after it was seen.
    while not page.locator("[data-release][data-outcome=succeeded]").count():
        page.wait_for_timeout(500)
        page.reload()


def _sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/sign-in")
    page.fill("[name=username]", "alice")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.locator("body[data-live=live]").wait_for()


if __name__ == "__main__":
    main()
