"""A real Chromium on a real server. When a test fails, the console and the server's output are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.kube import Kube
from tests.support.people import PASSWORD
from tests.support.server import Server
from tests.support.tiers import chromium

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Milliseconds until a condition has to hold. Playwright's own limit of expectations is five seconds, which
# a busy machine may need for one page.
LIMIT = 30_000
expect.set_options(timeout=LIMIT)


class Visit(Protocol):
    """`visit(url, "alice")`: a window of its own, signed in, on `path`."""

    def __call__(self, url: str, name: str, path: str = "/") -> Page: ...


# Not the session's: while Playwright's own event loop runs, no test with another one can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield chrome
        chrome.close()


@pytest.fixture(scope="package")
def one_server(kube: Kube, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests, with the cast; it watches the cluster. Whoever ends it starts it again."""
    environment = {"AVIARY_CLUSTER": "kubeconfig", "KUBECONFIG": str(kube.kubeconfig())}
    server = Server(tmp_path_factory.mktemp("browser"), **environment).start()
    server.add_people()
    yield server
    server.kill()


@pytest.fixture
def server(one_server: Server) -> Iterator[Server]:
    """The same; what it printed during the test is shown when the test fails."""
    before = len(one_server.output)
    yield one_server
    print(f"--- output of the server\n{one_server.output[before:]}")


def signed_in(browser: Browser, url: str, name: str) -> Page:
    """A window of its own, signed in through the form."""
    page = browser.new_context(base_url=url).new_page()
    page.set_default_timeout(LIMIT)
    page.goto("/sign-in")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("form.sign-in button")
    page.wait_for_url("/")
    return page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open windows; they close with the test. A mistake in a script fails the test."""
    opened: list[Page] = []
    console: list[str] = []
    mistakes: list[str] = []

    def open_window(url: str, name: str, path: str = "/") -> Page:
        page = signed_in(browser, url, name)
        page.on("console", lambda message: console.append(f"{name}: {message.type} {message.text}"))
        opened.append(page)
        page.on("pageerror", lambda error: mistakes.append(f"{name}: {error}"))
        page.goto(path)
        return page

    yield open_window
    for page in opened:
        page.context.close()
    # Captured, so it is only seen when the test fails.
    print("--- console of the browser", *console, sep="\n")
    assert mistakes == []
