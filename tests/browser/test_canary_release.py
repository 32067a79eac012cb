"""What is kept of a recorded canary's release, and what people do about it, in a real browser."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import LIMIT, Visit
from tests.browser.recorded_pages import (
    NEW,
    OLD,
    Make,
    begin,
    decide,
    flagged,
    make,
    metrics,
    opened,
    phase,
    rows,
)
from tests.browser.recorded_shop import NAMESPACE
from tests.browser.test_live_pages import still_the_same

pytestmark = [pytest.mark.browser, pytest.mark.kube]
__all__ = ["flagged", "make", "metrics"]


def test_the_timeline_merges_all_that_tell_and_can_be_filtered_without_scripts(
    make: Make, visit: Visit, browser: Browser
) -> None:
    shop = make()
    page = opened(visit, shop, "alice")
    begin(page, shop, "looked at the graphs")
    advance = f"Advance {shop.name}.{NAMESPACE} canary weight 30"
    shop.says(advance)
    shop.step(30)
    told = {
        advance: "flagger",
        f"alice approved the start of {shop.name}": "decisions",
        f"Flagger was told yes about the start of {shop.name}": "decisions",
        "weight 0 → 30 %": "changes",
    }
    for text, kind in told.items():
        expect(rows(page, text)).to_have_count(1, timeout=LIMIT)
        expect(rows(page, text)).to_have_attribute("data-kind", kind)
    expect(rows(page, advance).locator("small")).to_have_text("event + event hook", timeout=LIMIT)
    expect(rows(page, "alice approved").locator("q")).to_have_text("looked at the graphs")
    still_the_same(page)
    plain = browser.new_context(
        base_url=shop.server.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    alone = plain.new_page()
    alone.goto(shop.address)
    for label, kind in (("Flagger", "flagger"), ("decisions", "decisions"), ("changes", "changes")):
        alone.locator("#sec-timeline nav").get_by_role("link", name=label, exact=True).click()
        expect(alone.locator("#sec-timeline nav [aria-current]")).to_have_text(label)
        expect(alone.locator(f"#timeline li[data-kind={kind}]")).not_to_have_count(0)
        expect(alone.locator(f"#timeline li:not([data-kind={kind}])")).to_have_count(0)
    plain.close()


def test_a_release_that_ended_is_listed_and_its_evidence_names_everything(make: Make, visit: Visit) -> None:
    shop = make()
    page = opened(visit, shop, "alice")
    begin(page, shop, "ticket 4711")
    decide(page, "comment", "watched it for an hour")
    shop.step(30)
    shop.step(60)
    shop.promote(NEW)
    phase(page, "Succeeded")
    expect(page.locator("#sec-earlier .past li")).to_have_count(1, timeout=LIMIT)
    page.goto(f"/releases?canary={shop.key}")
    row = page.locator("tr[data-release]")
    expect(row).to_have_count(1)
    expect(row).to_have_attribute("data-outcome", "succeeded")
    for said in (shop.name, "1.0.0", "2.0.0", "alice"):
        expect(row).to_contain_text(said)
    row.locator("th a").click()
    evidence = page.locator("article.evidence")
    expect(evidence.locator(".fields")).to_contain_text(f"{OLD} → {NEW}")
    expect(evidence.locator(".fields")).to_contain_text("highest weight 60 %")
    approved = evidence.locator("[data-decision]").filter(has_text=f"alice approved the start of {shop.name}")
    expect(approved).to_have_count(1)
    expect(approved.locator("q")).to_have_text("ticket 4711")
    # Decided at, and told to Flagger at.
    expect(approved.locator("time")).to_have_count(2)
    weights = evidence.locator("section").filter(has=page.get_by_role("heading", name="Weights and checks"))
    for weight in ("30 %", "60 %"):
        expect(weights.get_by_role("cell", name=weight, exact=True)).not_to_have_count(0)
    expect(evidence).to_contain_text("watched it for an hour")
    for style, image in (("removed", OLD), ("added", NEW)):
        expect(evidence.locator(f".diff .{style}")).to_contain_text(f"image: {image}")


def test_suspending_in_the_browser_suspends_it_in_the_cluster(make: Make, visit: Visit) -> None:
    shop = make()
    victor, alice = opened(visit, shop), opened(visit, shop, "alice")
    for page in (victor, alice):
        page.locator("#sec-decide .more summary").click()
    expect(victor.locator("[data-also=suspend]")).to_be_disabled()
    expect(victor.locator("#sec-decide")).to_contain_text(f"Needs approver in {NAMESPACE}")
    assert "suspend" not in shop.read("Canary")["spec"]
    decide(alice, "suspend", "the database is moving")
    assert shop.read("Canary")["spec"]["suspend"] is True
    for page in (victor, alice):
        expect(page.locator("#sec-head")).to_contain_text("Suspended: Flagger does nothing", timeout=LIMIT)
        still_the_same(page)
    alice.goto(f"/audit?canary={shop.key}")
    assert alice.locator(".log [data-action-code]").evaluate_all(
        "rows => rows.map(row => row.dataset.actionCode)"
    ) == ["canary.suspended", "canary.suspend.requested"]
    expect(alice.locator(".log")).to_contain_text("the database is moving")


def test_times_are_in_the_readers_zone_and_words_in_the_readers_language(
    make: Make, visit: Visit, browser: Browser
) -> None:
    shop = make()
    page = opened(visit, shop, "alice")
    begin(page, shop)
    state = page.context.storage_state()
    for zone, locale, heading in (("UTC", "en-US", "Timeline"), ("Asia/Seoul", "ko-KR", "타임라인")):
        context = browser.new_context(
            base_url=shop.server.url, storage_state=state, timezone_id=zone, locale=locale
        )
        reader = context.new_page()
        reader.goto(shop.address)
        expect(reader.locator("html")).to_have_attribute("lang", locale[:2])
        expect(reader.locator("#sec-timeline h2")).to_have_text(heading)
        shown = reader.locator("#timeline time[data-clock]").last
        at = datetime.fromisoformat(shown.get_attribute("datetime") or "")
        there = at.astimezone(ZoneInfo(zone))
        # In Korean 9:05 has no zero in front.
        expect(shown).to_have_text(re.compile(rf"(^|\D)0?{there.hour}:{there:%M}"))
        context.close()
