"""Approvals that mean what they say, in real browsers: two people, a quorum, a revision in between."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LIMIT, Visit
from tests.browser.test_live_pages import live, still_the_same, unreloaded
from tests.browser.typed_shop import NAMESPACE, Shop
from tests.support.kube import Kube
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.kube]
TWO = {"approvals": "2", "deadline": "4h", "on-deadline": "reject"}


@pytest.fixture(autouse=True)
def empty(kube: Kube) -> None:
    """No canary of another test."""
    kube.clear(kube.namespace(NAMESPACE))


def card(page: Page, shop: Shop) -> Locator:
    return page.locator(f"li[data-canary='{shop.key}']")


def approve(page: Page, button: Locator, reason: str) -> None:
    """Press it, give the reason, and wait until the dialog has gone."""
    button.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("textarea").fill(reason)
    dialog.locator("[data-action=approve]").click()
    expect(dialog).to_have_count(0, timeout=LIMIT)


def test_two_people_approve_and_a_newer_revision_comes_in_between(
    server: Server, kube: Kube, visit: Visit
) -> None:
    shop = Shop(kube, server, {"confirm-rollout": TWO, "rollback": {}})
    shop.write("Waiting")
    here, there = visit(server.url, "alice", shop.address), visit(server.url, "ada")
    start = here.locator("[data-confirm=confirm-rollout]")
    for page in (here, there):
        live(page)
        unreloaded(page)
    # The policy is known before anybody is asked.
    expect(start).to_contain_text("2 approvals by different people")
    expect(start).to_contain_text("Within 4h of Flagger's first question, then it is rejected")

    assert shop.asks("confirm-rollout", "Waiting") == (403, "waiting for approval 1 of 2")
    expect(card(there, shop)).to_have_attribute("data-waiting", "confirm-rollout", timeout=LIMIT)
    expect(card(there, shop).locator("[data-deadline]")).to_contain_text("Deadline in", timeout=LIMIT)

    approve(here, here.locator(".decide [data-action=approve]"), "graphs are fine")
    expect(card(there, shop)).to_contain_text("Approvals 1 of 2 · alice", timeout=LIMIT)
    assert shop.asks("confirm-rollout", "Waiting") == (403, "waiting for approval 2 of 2")

    card(there, shop).locator("[data-action=approve]").click()
    dialog = there.locator("dialog[open]")
    expect(dialog).to_contain_text("alice")
    shop.image("shop/cart:3.0")
    expect(here.locator(".title")).to_contain_text("3.0", timeout=LIMIT)
    expect(card(there, shop)).to_contain_text("Approvals 0 of 2", timeout=LIMIT)
    dialog.locator("[data-action=approve]").click()
    expect(dialog.locator("[role=alert]").first).to_contain_text("revision changed", timeout=LIMIT)
    expect(dialog).to_contain_text("3.0")
    dialog.get_by_text("Cancel").click()
    assert shop.asks("confirm-rollout", "Waiting")[0] == 403
    expect(here.locator("article")).to_contain_text("holds no more", timeout=LIMIT)

    approve(here, here.locator(".decide [data-action=approve]"), "looked again")
    approve(there, card(there, shop).locator("[data-action=approve]"), "me too")
    expect(start).to_contain_text("approved", timeout=LIMIT)
    expect(start).to_contain_text("Flagger not told yet")
    assert shop.asks("confirm-rollout", "Waiting") == (200, "Approved")
    expect(start.locator("li[data-decision]")).to_have_count(2)
    for voice in start.locator("li[data-decision]").all():
        expect(voice).to_contain_text("Flagger told", timeout=LIMIT)
        expect(voice.locator("[data-also=close]")).to_have_count(0)
    for page in (here, there):
        still_the_same(page)
    there.goto(f"/audit?canary={shop.key}")
    for told in ("alice approved the start", "ada approved the start", "holds no more", "told yes about"):
        expect(there.locator("main")).to_contain_text(told)


def test_step_by_step_and_no_further(server: Server, kube: Kube, visit: Visit) -> None:
    shop = Shop(kube, server, {"confirm-traffic-increase": {}, "confirm-promotion": {}, "rollback": {}})
    shop.write("Progressing", 10)
    page = visit(server.url, "alice", shop.address)
    live(page)
    expect(page.locator("article")).not_to_have_attribute("data-waiting", "confirm-traffic-increase")
    assert shop.asks("confirm-traffic-increase", "Progressing")[0] == 403
    expect(page.locator("article")).to_have_attribute(
        "data-waiting", "confirm-traffic-increase", timeout=LIMIT
    )
    page.locator(".decide [data-action=approve]").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("[name=far]")).to_have_count(3)
    expect(dialog.locator("[name=far]:checked")).to_have_value("step:25")
    dialog.locator("[data-action=approve]").click()
    expect(page.locator("[data-confirm=confirm-traffic-increase]")).to_contain_text(
        "approved 25 % only", timeout=LIMIT
    )
    shop.write("Progressing", 25)
    expect(page.locator("article")).to_have_attribute("data-weight", "25", timeout=LIMIT)
    expect(page.locator(".decide [data-action=approve]")).to_have_text("Approve 50 %…", timeout=LIMIT)
    expect(page.locator("[data-confirm=confirm-traffic-increase]")).to_contain_text(
        "does not reach the next step"
    )


def test_several_are_decided_in_one_dialog_and_each_says_what_came_of_it(
    server: Server, kube: Kube, visit: Visit
) -> None:
    plain, newer = (Shop(kube, server, {"confirm-rollout": {}, "rollback": {}}) for _ in range(2))
    for shop in (plain, newer):
        shop.write("Waiting")
    page = visit(server.url, "alice")
    live(page)
    for shop in (plain, newer):
        card(page, shop).locator("[name=canary]").check()
    # A card that is drawn anew keeps its tick.
    assert plain.asks("confirm-rollout", "Waiting")[0] == 403
    expect(card(page, plain)).to_contain_text("Flagger asked", timeout=LIMIT)
    expect(card(page, plain).locator("[name=canary]")).to_be_checked()
    page.locator("#many [value=approve]").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("[data-line]")).to_have_count(2)
    newer.image("shop:3.0")
    dialog.locator("[data-action=approve]").click()
    expect(dialog.locator(f"[data-line='{plain.key}']")).to_have_attribute("data-done", "true", timeout=LIMIT)
    refused = dialog.locator(f"[data-line='{newer.key}']")
    expect(refused).to_have_attribute("data-done", "false")
    expect(refused.locator("[role=alert]")).to_contain_text("revision changed")
    dialog.get_by_role("link", name="Close").click()
    expect(card(page, plain)).to_contain_text("Approvals 1 of 1 · alice", timeout=LIMIT)
    expect(card(page, newer)).to_contain_text("Approvals 0 of 1")
