"""One canary's page on what a real Flagger left in a cluster: each part of it, live, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import LIMIT, Visit
from tests.browser.recorded_pages import (
    NEW,
    OLD,
    Make,
    Metrics,
    begin,
    flagged,
    ladder,
    make,
    metrics,
    opened,
    phase,
)
from tests.browser.recorded_shop import NAMESPACE
from tests.browser.test_list import WATCH
from tests.browser.test_live_pages import still_the_same
from tests.one_a import prometheus
from tests.support.kube import Kube

pytestmark = [pytest.mark.browser, pytest.mark.kube]
__all__ = ["flagged", "make", "metrics"]


def test_routing_shows_the_objects_of_the_cluster_and_follows_them(make: Make, visit: Visit) -> None:
    shop = make()
    page = opened(visit, shop)
    for role, name, pods in (
        ("apex", shop.name, f"{shop.name}-primary"),
        ("primary", f"{shop.name}-primary", f"{shop.name}-primary"),
        ("canary", f"{shop.name}-canary", shop.name),
    ):
        point = page.locator(f"#sec-routing [data-point={role}]")
        expect(point.locator(".svc")).to_contain_text(name)
        expect(point).to_contain_text(f"app={pods}")
        expect(point.locator(".port").first).to_contain_text("http")
        # Found by portDiscovery in the pods, written in no manifest.
        expect(point.locator("[data-discovered]")).to_contain_text("38081")
        expect(point.locator("[data-absent]")).to_have_count(0)
        if role != "apex":
            expect(point).to_contain_text("2/2 ready")
    route = page.locator("[data-route=VirtualService]")
    expect(route).to_contain_text("made by Flagger for this canary")
    expect(route).to_contain_text(f"hosts: {shop.name} · gateways: mesh")
    for weight in (0, 30, 60):
        shop.route(weight)
        expect(route.locator("[data-to=canary]")).to_contain_text(f"{weight} %", timeout=LIMIT)
        expect(route.locator("[data-to=primary]")).to_contain_text(f"{100 - weight} %")
    shop.image(NEW, ready=1)
    expect(page.locator("[data-point=canary]")).to_contain_text("1/2 ready", timeout=LIMIT)
    still_the_same(page)


def test_who_delegates_and_who_passes_by_is_seen_as_it_comes(make: Make, visit: Visit, kube: Kube) -> None:
    shop = make(service={"delegation": True})
    page = opened(visit, shop)
    warnings = page.locator("[data-route-warning]")
    expect(warnings).to_have_count(1)
    expect(warnings).to_contain_text(f"delegation is true, but no VirtualService delegates to {shop.name}")
    edge = {"apiVersion": "networking.istio.io/v1beta1", "kind": "VirtualService"}
    meta = {"name": f"{shop.name}-edge", "namespace": NAMESPACE}
    spec = {"hosts": ["shop.example.com"], "gateways": ["public"]}
    delegate = {"match": [{"uri": {"prefix": "/"}}], "delegate": {"name": shop.name}}
    kube.apply({**edge, "metadata": meta, "spec": {**spec, "http": [delegate]}})
    expect(warnings).to_have_count(0, timeout=LIMIT)
    expect(page.locator("[data-delegates]")).to_contain_text(f"{NAMESPACE}/{shop.name}-edge")
    expect(page.locator("[data-delegates]")).to_contain_text("shop.example.com · public")
    past = {"route": [{"destination": {"host": f"{shop.name}-primary"}}]}
    kube.apply({**edge, "metadata": meta, "spec": {**spec, "http": [delegate, past]}})
    expect(warnings).to_contain_text(
        f"{NAMESPACE}/{shop.name}-edge sends traffic for shop.example.com to {shop.name}-primary itself",
        timeout=LIMIT,
    )
    kube.delete("VirtualService", NAMESPACE, meta["name"])
    expect(warnings).to_contain_text("no VirtualService delegates", timeout=LIMIT)
    still_the_same(page)


def test_the_ladder_has_every_gate_and_step_and_follows_flagger(make: Make, visit: Visit) -> None:
    shop = make(stepWeightPromotion=30)
    page = opened(visit, shop, "alice")
    way = ["[Start]", "30 %", "60 %", "[Promotion]", "Promoting"]
    way += ["Primary 70 %", "Primary 100 %", "Finalising", "Done"]

    def at(place: int) -> None:
        """Wait until that rung is the present one, then look at all of them."""
        expect(page.locator(".ladder > li.now")).to_contain_text(way[place].strip("[]"), timeout=LIMIT)
        states = ["done"] * place + ["now"] + ["next"] * (len(way) - place - 1)
        assert ladder(page) == [f"{state} {label}" for state, label in zip(states, way, strict=True)]
        expect(page.locator(".ladder > [aria-current=step]")).to_have_count(1)

    assert ladder(page) == [f"next {label}" for label in way]
    shop.image(NEW)
    shop.status("Waiting")
    at(0)
    begin(page, shop)
    expect(page.locator(".ladder > li.gate").first).to_contain_text("alice", timeout=LIMIT)
    shop.step(30)
    at(1)
    shop.step(60)
    at(2)
    shop.status("WaitingPromotion")
    at(3)
    expect(page.locator("#detail")).to_have_attribute("data-weight", "60")
    shop.status("Promoting", 60)
    at(4)
    shop.route(30)
    shop.status("Promoting", 30)
    at(5)
    shop.route(0)
    shop.status("Finalising")
    at(7)
    shop.status("Succeeded")
    phase(page, "Succeeded")
    assert ladder(page) == [f"done {label}" for label in way]
    still_the_same(page)


def test_traffic_over_time_is_drawn_from_the_first_moment_and_moves_nothing(make: Make, visit: Visit) -> None:
    shop = make()
    page, alice = opened(visit, shop), opened(visit, shop, "alice")
    expect(page.locator("#sec-traffic .unseen")).to_contain_text("The next one is drawn here")
    page.evaluate(WATCH)
    begin(alice, shop, "the graphs are calm")
    chart = page.locator("#sec-traffic .chart")
    expect(chart).to_be_visible(timeout=LIMIT)
    for weight, failed in ((30, 0), (30, 1), (60, 1)):
        shop.step(weight, failed)
        expect(page.locator("#detail")).to_have_attribute("data-weight", str(weight), timeout=LIMIT)
    expect(chart.locator(".spot.check")).to_have_count(1, timeout=LIMIT)
    shop.promote(NEW)
    phase(page, "Succeeded")
    expect(page.locator("#sec-traffic")).to_contain_text("The last release, as Aviary saw it", timeout=LIMIT)
    assert page.evaluate("() => window.moved") == []

    # By keyboard alone: each mark is named, and shows what it stands for.
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.locator(".chart .spot.approve:focus, .chart .spot.answer:focus").count():
            break
    mark = chart.locator(".spot:focus")
    expect(mark).to_have_accessible_name(re.compile("alice approved the start of " + shop.name))
    expect(mark.locator(".tip")).to_be_visible()
    page.keyboard.press("Tab")
    expect(chart.locator(".spot.check:focus")).to_have_accessible_name(re.compile("failed checks: 1 of 5"))
    for _weight in range(chart.locator(".spot.weight").count()):
        page.keyboard.press("Tab")
        expect(chart.locator(".spot.weight:focus .tip")).to_be_visible()
    expect(chart.locator(".spot.weight:focus")).to_have_accessible_name(re.compile("Succeeded · 0 %"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    table = page.locator("#sec-traffic .behind table")
    expect(table).to_be_visible()
    for said in ("30 %", "60 %", "alice approved the start", "Succeeded"):
        expect(table).to_contain_text(said)
    still_the_same(page)


def test_what_changes_names_images_and_variables_old_and_new(make: Make, visit: Visit) -> None:
    shop = make()
    page = opened(visit, shop)
    expect(page.locator("[data-changes-note]")).to_contain_text("the primary runs what the target says")
    shop.image(OLD, "-primary", LEVEL="info", GONE="1")
    shop.image(NEW, ready=1, LEVEL="debug")
    image = page.locator("#sec-changes [data-container=app]")
    expect(image).to_contain_text(re.compile(r"app\s+1\.0\.0\s+→\s+2\.0\.0"), timeout=LIMIT)
    changed = page.locator("#sec-changes tr[data-change=changed]")
    expect(changed.get_by_role("rowheader")).to_contain_text("env[LEVEL]")
    expect(changed.get_by_role("cell").nth(1)).to_have_text("info")
    expect(changed.get_by_role("cell").nth(2)).to_have_text("debug")
    expect(page.locator("#sec-changes tr[data-change=removed]")).to_contain_text("env[GONE]")
    expect(page.locator("#sec-changes")).to_contain_text("canary 1/2 · primary 2/2")
    still_the_same(page)


def test_checks_show_the_values_that_flagger_serves(make: Make, visit: Visit, metrics: Metrics) -> None:
    rate = {"name": "request-success-rate", "interval": "1m", "thresholdRange": {"min": 99}}
    shop = make(metrics=[rate])
    metrics.say(prometheus.line("99.87", name=shop.name, namespace=NAMESPACE))
    page = opened(visit, shop, "alice")
    check = page.locator("[data-check=request-success-rate]")
    expect(check).to_contain_text("at least 99 % · over 1m")
    begin(page, shop)
    shop.step(30)
    shop.step(60)
    expect(check).to_have_attribute("data-result", "pass", timeout=LIMIT)
    expect(check.locator(".measured")).to_contain_text("99.87 %")
    metrics.say(prometheus.line("61.2", name=shop.name, namespace=NAMESPACE))
    shop.step(60, failed=1)
    expect(check).to_have_attribute("data-result", "fail", timeout=LIMIT)
    expect(check.locator(".measured")).to_contain_text("61.2 %")
    still_the_same(page)


def test_webhooks_say_what_each_was_told_last(make: Make, visit: Visit) -> None:
    shop = make()
    page = opened(visit, shop, "alice")

    def hook(kind: str) -> Locator:
        return page.locator(f"#sec-webhooks [data-hook={kind}]")

    expect(page.locator("#sec-webhooks [data-hook]")).to_have_count(8)
    expect(hook("confirm-rollout")).to_contain_text(f"{shop.server.url}/hooks/confirm-rollout")
    expect(hook("confirm-rollout")).to_contain_text("5 s")
    expect(hook("confirm-rollout")).to_contain_text("Never asked so far")
    # Nobody can see what other addresses answer, but for what Flagger says of them.
    expect(hook("pre-rollout")).to_contain_text("answered elsewhere")
    shop.image(NEW)
    shop.status("Waiting")
    assert shop.asks("confirm-rollout", "Waiting")[0] == 403
    expect(hook("confirm-rollout")).to_contain_text("told no: waiting for approval", timeout=LIMIT)
    begin(page, shop)
    expect(hook("confirm-rollout")).to_contain_text("told yes", timeout=LIMIT)
    expect(hook("confirm-rollout")).to_contain_text("3 times")
    assert shop.asks("rollback", "Progressing")[0] == 403
    expect(hook("rollback")).to_contain_text("told no", timeout=LIMIT)
    shop.says("Pre-rollout check pre-rollout hook passed")
    expect(hook("pre-rollout").locator("[data-outcome=passed]")).to_be_visible(timeout=LIMIT)
    still_the_same(page)
