"""The list in a browser: the filter follows the typing, nothing moves during a release, the tab counts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LIMIT, Visit
from tests.browser.test_live_pages import Shop, live, shop, shows, still_the_same, unreloaded
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.kube]
__all__ = ["shop"]

# Every move of something that was already painted, however small, with what moved.
WATCH = """() => {
  window.moved = [];
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.moved.push(
    [entry.value, ...entry.sources.map(({node}) => node && (node.outerHTML || node.textContent).slice(0, 99))]
  ))).observe({type: "layout-shift"});
}"""
# A whole release, as Flagger writes it.
RELEASE = (
    ("Waiting", 0), ("Progressing", 0), ("Progressing", 10), ("Progressing", 25), ("Progressing", 50),
    ("WaitingPromotion", 0), ("Promoting", 0), ("Finalising", 0), ("Succeeded", 0),
)  # fmt: skip


@pytest.fixture(params=["/", "canary"])
def page(request: pytest.FixtureRequest, server: Server, shop: Shop, visit: Visit) -> Page:
    """The list, or the canary's own page, of somebody who may decide and for whom another waits already."""
    Shop(shop.kube, f"{shop.name}-before").begin("Waiting", 0)
    shop.write("Initialized", 0)
    page = visit(server.url, "alice", shop.address if request.param == "canary" else "/")
    live(page)
    return page


def test_nothing_moves_during_a_release(page: Page, shop: Shop) -> None:
    shows(page, shop, phase="Initialized")
    page.evaluate(WATCH)
    for phase, weight in RELEASE:
        shop.write(phase, weight)
        shows(page, shop, phase=phase)
        # Whatever comes a moment later, such as times in the reader's words, has come when this returns.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 250)))")
    assert page.evaluate("() => window.moved") == []


def test_the_filter_follows_the_typing(server: Server, shop: Shop, visit: Visit) -> None:
    page = visit(server.url, "alice")
    live(page)
    unreloaded(page)
    rows = page.locator("#rows tbody tr")
    expect(rows).not_to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type(f"ns:browser !{shop.name}")
    expect(rows).to_have_count(0, timeout=LIMIT)
    expect(page).to_have_url(re.compile(rf"\?q=ns%3Abrowser\+%21{shop.name}$"))
    page.locator("#filter").fill(f"name:{shop.name} is:late")
    expect(rows).to_have_count(1, timeout=LIMIT)
    expect(page.locator("#notes")).to_contain_text("“is:late” was left out")
    # The live connection follows the filter, and still does when it has to connect again.
    shop.write("Progressing", 25)
    shows(page, shop, weight="25")
    expect(rows).to_have_count(1)
    still_the_same(page)
    page.reload()
    expect(page.locator("#filter")).to_have_value(f"name:{shop.name} is:late")
    expect(rows).to_have_count(1)


# The rows anew, and in the same moment a row of its own, as the server may send them.
TWO_AT_ONCE = """async (key) => {
  const marked = (id, style, html) => {
    const there = document.getElementById(id).cloneNode(true);
    there.setAttribute("hx-swap-oob", style);
    return html(there);
  };
  const swap = (text) => htmx.swap({text, sourceElement: document.body, target: document.body, swap: "none"});
  const rows = marked("rows", "outerHTML", (it) => it.outerHTML);
  const row = marked(`row:${key}`, "outerMorph", (it) => {
    it.dataset.weight = "77";
    return `<table><tbody>${it.outerHTML}</tbody></table>`;
  });
  await Promise.all([swap(rows), swap(row)]);
  return document.getElementById(`row:${key}`).dataset.weight;
}"""


def test_a_row_that_follows_its_table_at_once_keeps_its_own_state(
    server: Server, shop: Shop, visit: Visit
) -> None:
    page = visit(server.url, "alice", "/?q=name:" + shop.name)
    live(page)
    shows(page, shop, weight="10")
    assert page.evaluate(TWO_AT_ONCE, shop.key) == "77"


def test_the_tab_counts_what_waits_for_its_reader(server: Server, shop: Shop, visit: Visit) -> None:
    mine, theirs = visit(server.url, "alice"), visit(server.url, "victor")
    for page in (mine, theirs):
        live(page)
    shop.write("WaitingPromotion", 0)
    card = mine.locator(f"#mine [data-canary='{shop.key}']")
    expect(card.locator(".btn.go")).to_be_visible(timeout=LIMIT)
    # Canaries of other tests may wait as well.
    count = mine.locator("#mine .ask").count()
    expect(mine).to_have_title(f"({count}) Aviary")
    expect(mine.locator("#icon")).to_have_attribute("href", re.compile(rf"/icon\.svg\?n={count}$"))
    shows(theirs, shop, phase="WaitingPromotion")
    expect(theirs).to_have_title(re.compile("^Aviary"))
    theirs.locator("#others summary").click()
    expect(theirs.locator(f"#others [data-canary='{shop.key}']")).to_contain_text("Needs approver")
    shop.write("Promoting", 0)
    expect(card).to_have_count(0, timeout=LIMIT)
    expect(mine).to_have_title(f"({count - 1}) Aviary" if count > 1 else "Aviary")


def test_who_asks_for_it_is_notified_once_while_the_tab_is_hidden(
    server: Server, shop: Shop, visit: Visit
) -> None:
    page = visit(server.url, "alice")
    page.context.grant_permissions(["notifications"], origin=server.url)
    page.add_init_script(
        """window.told = [];
        window.Notification = class { constructor(title, how) { window.told.push([title, how.body]); } };
        window.Notification.permission = "granted";
        window.Notification.requestPermission = async () => "granted";
        Object.defineProperty(document, "hidden", {get: () => true});"""
    )
    page.reload()
    live(page)
    card = page.locator(f"#mine [data-canary='{shop.key}']")
    shop.write("Waiting", 0)
    expect(card).to_have_count(1, timeout=LIMIT)
    assert page.evaluate("() => window.told") == []
    shop.write("Progressing", 10)
    expect(card).to_have_count(0, timeout=LIMIT)
    page.locator(".menu summary").click()
    page.locator("#notify").click()
    expect(page.locator("#notify")).to_contain_text("Do not notify me")
    shop.write("WaitingPromotion", 0)
    expect(card).to_have_count(1, timeout=LIMIT)
    page.wait_for_function("() => window.told.length")
    assert page.evaluate("() => window.told") == [[shop.key, "waits for you"]]


def test_without_scripts_the_filter_has_a_button(server: Server, shop: Shop, visit: Visit) -> None:
    page = visit(server.url, "victor")
    context = page.context.browser.new_context(  # type: ignore[union-attr]
        base_url=server.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto("/")
    plain.fill("#filter", f"name:{shop.name}")
    plain.click("form.tools .btn:not(summary)")
    expect(plain.locator("#rows tbody tr")).to_have_count(1)
    context.close()
