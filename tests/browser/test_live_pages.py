"""What people see: pages that follow the cluster and each other, and say so when they cannot."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LIMIT, Visit
from tests.support import traces, views
from tests.support.kube import Kube
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.kube]
NAMESPACE = "browser"


NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Shop:
    """A canary with its workloads; one of its own for each test, since gates outlive canaries."""

    kube: Kube
    name: str

    @property
    def key(self) -> str:
        """As the pages write it."""
        return f"{NAMESPACE}/{self.name}"

    @property
    def address(self) -> str:
        """Its page."""
        return f"/canaries/{self.key}"

    def image(self, image: str, suffix: str = "") -> None:
        """What the target runs, or with a suffix another workload."""
        self.kube.apply(traces.deployment(NAMESPACE, self.name + suffix, image))

    def begin(self, phase: str, weight: int) -> None:
        """The canary and its workloads, which differ in their image."""
        self.image("shop:2.0")
        self.image("shop:1.0", "-primary")
        self.write(phase, weight)

    def write(self, phase: str, weight: int) -> None:
        """The canary as Flagger would leave it."""
        canary = views.raw(self.name, NAMESPACE, phase, weight=weight, message=phase)
        status = canary.pop("status")
        canary["metadata"] = {"name": self.name, "namespace": NAMESPACE}
        self.kube.apply(canary)
        # Whoever waits longest stands first, so what begins to wait only now moves nobody.
        now = f"{datetime.now(UTC):%FT%TZ}"
        for condition in status["conditions"]:
            condition |= {"status": "Unknown", "lastTransitionTime": now, "lastUpdateTime": now}
        self.kube.set_status("Canary", NAMESPACE, self.name, status)


@pytest.fixture
def shop(kube: Kube) -> Shop:
    """At 10 %."""
    kube.clear(kube.namespace(NAMESPACE))
    made = Shop(kube, f"shop-{next(NUMBERS)}")
    made.begin("Progressing", 10)
    return made


def live(page: Page, state: str = "live") -> None:
    """Wait until the page says so."""
    expect(page.locator(f"body[data-live={state}]")).to_be_attached(timeout=LIMIT)


def shows(page: Page, shop: Shop, **attributes: str) -> None:
    """Wait until the canary's row, or its page, has these attributes."""
    element = page.locator(f"[data-canary='{shop.key}']:is(tr, article)")
    for name, value in attributes.items():
        expect(element).to_have_attribute(f"data-{name.replace('_', '-')}", value, timeout=LIMIT)


def unreloaded(page: Page) -> None:
    """Mark the document; `still_the_same` fails when it has been loaded anew."""
    page.locator("html").evaluate("element => { element.dataset.marked = 'yes' }")


def still_the_same(page: Page) -> None:
    expect(page.locator("html[data-marked=yes]")).to_be_attached()


def test_a_weight_changes_in_the_cluster_and_the_pages_follow_without_reload(
    server: Server, shop: Shop, visit: Visit
) -> None:
    listed, alone = visit(server.url, "alice"), visit(server.url, "alice", shop.address)
    for page in (listed, alone):
        live(page)
        shows(page, shop, weight="10", phase="Progressing")
        unreloaded(page)
    shop.write("Progressing", 25)
    for page in (listed, alone):
        shows(page, shop, weight="25")
    shop.write("WaitingPromotion", 0)
    for page in (listed, alone):
        shows(page, shop, weight="25", phase="WaitingPromotion", waiting="confirm-promotion")
        expect(page).to_have_title(re.compile(r"^\(\d+\) (shop-\d+ · )?Aviary$"))
        still_the_same(page)


def test_approved_in_one_window_seen_in_another(server: Server, shop: Shop, visit: Visit) -> None:
    shop.write("WaitingPromotion", 0)
    here, there = visit(server.url, "alice"), visit(server.url, "victor", shop.address)
    live(here)
    live(there)
    expect(there.locator("[data-switch=gate]")).to_have_attribute("data-open", "false")
    card = here.locator(f"li[data-canary='{shop.key}']")
    card.locator("[data-action=approve]").click()
    dialog = here.locator("dialog[open]")
    expect(dialog).to_contain_text("1.0")
    dialog.locator("textarea").fill("the <b>graphs</b> look fine")
    dialog.locator("[data-action=approve]").click()
    expect(dialog).to_have_count(0, timeout=LIMIT)
    expect(card).to_contain_text("Opened by alice", timeout=LIMIT)
    expect(there.locator("[data-switch=gate]")).to_have_attribute("data-open", "true", timeout=LIMIT)
    expect(there.locator("[data-switch=gate]")).to_contain_text("the <b>graphs</b> look fine")


def test_a_revision_that_changed_under_the_dialog_is_refused_and_shown(
    server: Server, shop: Shop, visit: Visit
) -> None:
    shop.write("WaitingPromotion", 0)
    page = visit(server.url, "alice", shop.address)
    live(page)
    page.locator("article [data-action=approve]").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("textarea").fill("looks fine")
    shop.image("shop:3.0")
    dialog.locator("[data-action=approve]").click()
    expect(dialog.locator("[role=alert]").first).to_contain_text("revision changed", timeout=LIMIT)
    expect(dialog).to_contain_text("3.0")
    expect(dialog.locator("textarea")).to_have_value("looks fine")
    dialog.get_by_text("Cancel").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-switch=gate]")).to_have_attribute("data-open", "false")


def test_a_viewer_cannot_approve(server: Server, shop: Shop, visit: Visit) -> None:
    shop.write("WaitingPromotion", 0)
    page = visit(server.url, "victor", shop.address)
    live(page)
    button = page.locator("article [data-action=approve]")
    expect(button).to_be_disabled()
    expect(page.locator(".decide")).to_contain_text("Needs approver in browser")
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    refused = page.request.post(
        f"{shop.address}/approve", form={"csrfmiddlewaretoken": token or "", "reason": "let me"}
    )
    assert refused.status == 403
    expect(page.locator("[data-switch=gate]")).to_have_attribute("data-open", "false")


@pytest.mark.parametrize("end", [Server.kill, Server.terminate], ids=["killed", "asked to end"])
def test_a_server_that_ends_is_said_and_its_return_makes_the_page_live(
    server: Server, shop: Shop, visit: Visit, end: Callable[[Server], object]
) -> None:
    page = visit(server.url, "victor")
    live(page)
    unreloaded(page)
    end(server)
    live(page, "reconnecting")
    shop.write("Progressing", 50)
    server.start()
    live(page)
    shows(page, shop, weight="50")
    still_the_same(page)


def test_a_server_that_freezes_is_noticed(server: Server, visit: Visit) -> None:
    page = visit(server.url, "victor")
    live(page)
    stop, go = (["kill", f"-{signal}", str(server.pid)] for signal in ("STOP", "CONT"))
    subprocess.run(stop, check=True)
    try:
        live(page, "reconnecting")
    finally:
        subprocess.run(go, check=True)
    live(page)


def test_a_cluster_out_of_reach_is_said_since_when(server: Server, shop: Shop, visit: Visit) -> None:
    page = visit(server.url, "victor")
    live(page)
    shop.kube.kill()
    try:
        live(page, "stale")
        expect(page.locator("#live")).to_contain_text("stale since")
        shows(page, shop, weight="10")
    finally:
        shop.kube.start()
    live(page)


def test_signing_out_in_another_window_ends_this_one(server: Server, visit: Visit) -> None:
    page = visit(server.url, "victor")
    live(page)
    other = page.context.new_page()
    other.goto("/")
    other.locator(".menu summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(page.locator("form.sign-in")).to_be_visible(timeout=LIMIT)
