"""Two clusters with the same canaries and a third that is away, in one browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LIMIT, Visit
from tests.support.server import Server

pytestmark = [pytest.mark.browser]
CHECKOUT = "payments/checkout"


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server over all of them."""
    folder = tmp_path_factory.mktemp("clusters")
    sources = f"default=demo,seoul=demo,west={folder / 'nowhere'}"
    server = Server(folder / "data", AVIARY_CLUSTER="", AVIARY_CLUSTERS=sources).start()
    server.add_people()
    yield server
    server.kill()
    print(server.output)


def test_one_cluster_away_is_named_and_the_others_stay_live(clusters: Server, visit: Visit) -> None:
    page = visit(clusters.url, "victor")
    expect(page.locator("body[data-live=live]")).to_be_attached(timeout=LIMIT)
    expect(page.get_by_text("The cluster west cannot be reached.")).to_be_visible(timeout=LIMIT)
    rows = page.locator(f"tr[data-canary='{CHECKOUT}']")
    expect(rows).to_have_count(2, timeout=LIMIT)
    assert {rows.nth(0).get_attribute("data-cluster"), rows.nth(1).get_attribute("data-cluster")} == {
        "default",
        "seoul",
    }
    page.goto("/?q=cluster:seoul")
    expect(rows).to_have_count(1, timeout=LIMIT)
    expect(rows).to_have_attribute("data-cluster", "seoul")


def test_a_decision_in_one_cluster_is_none_in_the_other(clusters: Server, visit: Visit) -> None:
    page = visit(clusters.url, "alice", f"/clusters/seoul/canaries/{CHECKOUT}")
    canary = page.locator(f"article[data-canary='{CHECKOUT}']")
    expect(canary).to_have_attribute("data-phase", "WaitingPromotion", timeout=LIMIT)
    page.locator("[data-action=approve]").first.click()
    dialog = page.locator("#dialog")
    dialog.locator("textarea").fill("Seoul only")
    dialog.get_by_role("button", name="Approve promotion").click()
    expect(canary).to_have_attribute("data-phase", "Succeeded", timeout=60_000)
    page.goto(f"/canaries/{CHECKOUT}")
    expect(canary).to_have_attribute("data-phase", "WaitingPromotion", timeout=LIMIT)
    page.goto("/audit?text=Seoul+only")
    expect(page.locator("[data-entry]")).to_have_count(1)
    page.locator("[data-entry] a.num").click()
    expect(page.locator("main")).to_contain_text("seoul")
