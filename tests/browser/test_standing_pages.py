"""Pages without live data: they end with their reader's sign-in or role, and with nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LIMIT, signed_in
from tests.support.server import Server

pytestmark = [pytest.mark.browser]
# Milliseconds; what is promised is ten seconds, and a busy machine draws slowly.
SOON = 15_000
ROLES = """
from django.contrib.auth.models import Group, User
user = User.objects.get(username="{name}")
{act}
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own with the demo's canaries, whose roles the tests change."""
    server = Server(tmp_path_factory.mktemp("standing")).start()
    server.add_people()
    yield server
    server.kill()


def change(server: Server, name: str, act: str) -> None:
    """As an admin does elsewhere."""
    server.manage("shell", "-c", ROLES.format(name=name, act=act))


def connected(page: Page, path: str) -> None:
    """Open the page, wait until the server has said something to it, and mark the document."""
    heard: list[object] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(frame)))
    page.goto(path)
    for _turn in range(LIMIT // 50):
        if heard:
            break
        page.wait_for_timeout(50)
    assert heard
    page.locator("html").evaluate("element => { element.dataset.marked = 'yes' }")


def test_signing_out_in_another_window_ends_pages_without_live_data(demo: Server, browser: Browser) -> None:
    first = signed_in(browser, demo.url, "ada")
    pages = []
    for path in ("/audit", "/releases", "/freezes/new", "/canaries/demo/none"):
        page = first.context.new_page()
        connected(page, path)
        pages.append(page)
    expect(pages[0].locator("#live")).to_have_count(0)
    first.locator(".menu summary").click()
    first.get_by_role("button", name="Sign out").click()
    for page in pages:
        expect(page.locator("form.sign-in")).to_be_visible(timeout=SOON)
        expect(page.locator(".menu")).to_have_count(0)
    first.context.close()


def test_what_is_typed_survives_a_role_that_does_not_concern_the_page(demo: Server, browser: Browser) -> None:
    page = signed_in(browser, demo.url, "alice")
    address = "/canaries/media/thumbnails/approve"
    idle = page.context.new_page()
    connected(idle, "/releases")
    connected(page, address)
    page.locator("main textarea").fill("the graphs look fine")
    with page.expect_response(lambda answer: answer.url.endswith(address)) as asked:
        change(demo, "alice", 'user.groups.add(Group.objects.get(name="auditor"))')
    assert asked.value.status == 200
    # Nothing is typed on this one: it is asked for anew.
    expect(idle.locator("html[data-marked=yes]")).to_have_count(0, timeout=SOON)
    expect(idle).to_have_url(re.compile("/releases$"))
    expect(page.locator("html[data-marked=yes]")).to_have_count(1)
    assert page.locator("main textarea").input_value() == "the graphs look fine"
    # The role that the page needs.
    change(demo, "alice", 'user.groups.set([Group.objects.get(name="viewer")])')
    expect(page.locator("main")).to_contain_text("403", timeout=SOON)
    page.context.close()


def test_somebody_without_a_role_reads_that_in_peace(demo: Server, browser: Browser) -> None:
    nora = signed_in(browser, demo.url, "nora")
    connected(nora, "/audit")
    expect(nora.locator("main")).to_contain_text("403")
    # Longer than the server takes to look again, twice.
    nora.wait_for_timeout(11_000)
    expect(nora.locator("html[data-marked=yes]")).to_have_count(1)
    change(demo, "nora", 'user.groups.add(Group.objects.get(name="viewer"))')
    expect(nora.locator("[data-entry], main form")).not_to_have_count(0, timeout=SOON)
    nora.context.close()


def test_a_refusal_in_a_dialog_can_be_read_and_closed(demo: Server, browser: Browser) -> None:
    page = signed_in(browser, demo.url, "ada")
    expect(page.locator("body[data-live=live]")).to_be_attached()
    page.locator("li[data-canary] [data-action=approve]").first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("textarea").fill("the graphs look fine")
    change(demo, "ada", 'user.groups.set([Group.objects.get(name="viewer")])')
    dialog.locator("[data-action=approve]").click()
    expect(dialog.locator("#typed")).to_have_value("the graphs look fine")
    expect(dialog.locator("header, nav, h1")).to_have_count(0)
    dialog.get_by_text("Close", exact=True).click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.context.close()
