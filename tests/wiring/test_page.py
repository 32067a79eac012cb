"""Wiring warnings on one canary's page."""

from __future__ import annotations

import re
from html import unescape

import pytest

from dashboard import detail
from dashboard.canary import parse
from dashboard.store import CANARY, Reach, Store
from gates.access_rights import Access
from tests.wiring.cases import BACK, START, TRAFFIC
from tests.wiring.manifests import Raw, canary, hook, typed

pytestmark = pytest.mark.django_db


def page(raw: Raw) -> str:
    """The fragment of the only canary there is."""
    store = Store("default", "")
    store.apply(CANARY, [parse("default", raw)])
    store.set_freshness(Reach.LIVE)
    return detail.draw(store, "test", "podinfo", Access(viewing=("*",))).whole


def test_warnings_are_listed_folded_the_most_dangerous_first() -> None:
    html = page(canary(typed(START), hook(BACK, "/gate/check"), typed(TRAFFIC) | {"timeout": "0s"}))
    found = re.findall(r'data-wiring="([^"]+)" data-level="([^"]+)"><details><summary>', html)
    assert found == [
        ("hook-mismatch", "danger"),
        ("no-rollback", "warning"),
        ("timeout-unlimited", "warning"),
    ]


def test_a_warning_unfolds_to_the_lines_to_write() -> None:
    html = page(canary(typed(START), typed(TRAFFIC), hook(BACK, "/gate/halt", "<b>back</b>")))
    lines = unescape(re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", html, re.DOTALL)[0])
    assert lines.splitlines() == [
        "webhooks:",
        "- name: <b>back</b>",
        "  type: rollback",
        "  url: http://aviary.flagger/hooks/rollback",
    ]
    assert "<b>back" not in html


def test_a_canary_that_is_wired_well_has_no_such_section() -> None:
    assert "Wiring" not in page(canary(typed(START), typed(TRAFFIC), typed(BACK)))
