"""Each recording of a real Flagger, replayed through a real API server: the page after every step."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LIMIT, Visit
from tests.support import traces
from tests.support.kube import Kube
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.kube]


@pytest.mark.parametrize("trace", traces.NAMES)
def test_the_page_says_what_flagger_did(trace: str, kube: Kube, server: Server, visit: Visit) -> None:
    window, shown = visit(server.url, "victor"), ""
    for step in traces.replay(kube, trace, namespace=f"page-{trace}"):
        key = f"{step.namespace}/{step.name}"
        if shown != key:
            window.goto(f"/canaries/{key}")
            shown = key
        canary = window.locator(f"[data-canary='{key}']")
        said = f"{trace} line {step.number + 1}"
        if step.gone:
            expect(canary, said).to_have_count(0, timeout=LIMIT)
            continue
        attributes = {"phase": step.phase, "weight": step.weight, "failed-checks": step.failed_checks}
        for name, value in attributes.items():
            expect(canary, said).to_have_attribute(f"data-{name}", str(value), timeout=LIMIT)
        # The name and the tag are written apart.
        expect(canary.locator(".images"), said).to_contain_text(step.new.rpartition(":")[2])
    expect(window.locator("body")).to_have_attribute("data-live", "live")
