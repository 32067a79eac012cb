"""Chips, presets and dates of the audit page: everything stands in its address, nothing tells too much."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gates import audit_address, topic_wording, topics, wording
from gates.access_rights import EVERYTHING, Access
from gates.decisions import Act
from gates.forms import AuditForm
from gates.models import AuditEntry
from tests.api.test_reading import touch
from tests.people.test_audit_page import decide, read, shown, victor, words
from tests.support.html import elements

__all__ = ["victor"]

pytestmark = pytest.mark.django_db


def chips(page: str) -> dict[str, str]:
    """What is set, by name, with the address that takes it away."""
    found = re.findall(r'data-filter="(\w+)">.*?<a href="([^"]+)"', page, re.DOTALL)
    return {name: unescape(address) for name, address in found}


def presets(page: str) -> dict[str, tuple[str, bool]]:
    """Address by label, and whether it is on."""
    return {
        each.text: (each["href"], "aria-current" in each.attributes)
        for each in elements(page, "class", "count", "a")
    }


def follow(client: Client, address: str) -> str:
    return read(client, f"/audit{address}")


def test_each_filter_that_is_set_is_a_chip_that_takes_only_itself_away(victor: Client) -> None:
    opened = decide(Act.OPEN, "p99 is fine", bind=True).seq
    script = touch(Act.OPEN, "catalog", "search")
    page = read(victor, person="alice", namespace="payments", text="p99", outcome="changed")
    assert shown(page) == [opened]
    set_ones = chips(page)
    assert list(set_ones) == ["person", "namespace", "outcome", "text"]
    assert set_ones["person"] == "?namespace=payments&outcome=changed&text=p99"
    assert "changed something" in words(page)
    page = read(victor, person="alice")
    assert chips(page) == {"person": "?"}
    assert shown(follow(victor, "?")) == [script, opened]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"revision": "aaaa"}, True), ({"revision": "bbbb"}, False),
        ({"image": "checkout:2.14"}, True), ({"image": "search"}, False),
        ({"text": "P99 fine"}, True), ({"text": "p99 bad"}, False),
        ({"namespace": "payments"}, True), ({"namespace": "pay"}, False),
        ({"outcome": "changed"}, True), ({"outcome": "refused"}, False),
        ({"action": "gate.opened"}, True), ({"action": "approvals"}, True), ({"action": "rollbacks"}, False),
        ({"period": "today"}, True), ({"period": "30d"}, True),
    ],
)  # fmt: skip
def test_every_filter_finds_and_leaves_out(victor: Client, filters: dict[str, Any], found: bool) -> None:
    number = decide(Act.OPEN, "p99 is fine", bind=True).seq
    page = read(victor, **filters)
    assert shown(page) == ([number] if found else [])
    assert chips(page).keys() == filters.keys()


def test_a_form_with_empty_fields_leads_to_an_address_without_them(victor: Client) -> None:
    touch(Act.OPEN)
    answer = victor.get("/audit?person=alice&canary=&action=&since=&text=%20&nonsense=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/audit?person=alice")


def test_presets_are_put_on_and_taken_off_and_leave_the_rest(victor: Client) -> None:
    decide(Act.OPEN)
    page = read(victor, person="alice")
    offered = presets(page)
    assert list(offered) == ["Today", "Last 7 days", "Approvals", "Rollbacks", "Refusals"]
    assert not any(on for _address, on in offered.values())
    page = follow(victor, offered["Today"][0])
    assert chips(page).keys() == {"person", "period"}
    page = follow(victor, presets(page)["Approvals"][0])
    assert [label for label, (_address, on) in presets(page).items() if on] == ["Today", "Approvals"]
    page = follow(victor, presets(page)["Today"][0])
    assert chips(page).keys() == {"person", "action"}


def test_a_period_takes_the_place_of_dates(victor: Client) -> None:
    touch(Act.OPEN)
    today = f"{timezone.now():%Y-%m-%d}"
    page = read(victor, since=today, until=today, canary="payments")
    page = follow(victor, presets(page)["Last 7 days"][0])
    assert chips(page).keys() == {"canary", "period"}
    page = read(victor, period="7d", since=today)
    assert "Choose either a period or dates." in words(page)
    assert shown(page) == []


def test_presets_about_people_are_for_who_may_read_them() -> None:
    def offered(access: Access) -> set[str]:
        return {str(preset.label) for preset in audit_address.presets({}, access)}

    some = Access(("a",), (), ("a",))
    assert offered(EVERYTHING) - offered(Access(("*",))) == {"Sign-ins", "What changed in access"}
    assert offered(some) - offered(Access(("*",))) == {"What changed in access"}
    assert offered(Access(("*",), auditing=True)) == offered(EVERYTHING)


def test_a_period_moves_on_with_the_days() -> None:
    form = AuditForm({"period": "7d"})
    assert form.is_valid()
    since = form.filters().since
    assert since is not None
    assert (since.hour, since.minute, since.tzinfo is not None) == (0, 0, True)
    assert timedelta(days=6) <= timezone.now() - since < timedelta(days=7, seconds=5)


def test_every_action_is_offered_once_and_every_topic_as_a_whole() -> None:
    codes = [code for _name, group in topic_wording.choices()[1:] for code, _label in group]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(wording.ACTIONS) | set(topics.TOPICS)
    assert set(topic_wording.TOPICS) == set(topics.TOPICS)


def test_entries_stand_under_their_day_in_utc(victor: Client) -> None:
    touch(Act.OPEN)
    entry = AuditEntry.objects.get()
    page = read(victor)
    assert f'<time datetime="{entry.at:%Y-%m-%d}">' in page
    assert f"{entry.at:%H:%M:%S}" in page


@pytest.mark.parametrize("name", ["person", "namespace", "canary", "image", "text", "release"])
@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "x" * 5000, "결제", "%", "'\"&=#?"])
def test_no_filter_breaks_the_page(victor: Client, name: str, value: str) -> None:
    touch(Act.OPEN)
    given: dict[str, Any] = {name: value}
    page = read(victor, **given)
    assert "<script>alert" not in page
    assert name in chips(page)


def test_what_is_offered_while_typing_comes_from_the_log(victor: Client) -> None:
    decide(Act.OPEN)
    touch(Act.OPEN, "catalog", "search")
    page = read(victor)
    offered = set(re.findall(r'<option value="([^"]*)"></option>', page))
    assert offered == {
        "alice", "webhook (unverified)", "payments", "catalog", "payments/checkout", "catalog/search",
    }  # fmt: skip


@pytest.fixture
def nobody(browse: Callable[[str], Client]) -> Client:
    return browse("nora")


def newer(client: Client, query: str, status: int = 200) -> Any:
    answer = client.get(f"/audit/newer?{query}")
    assert answer.status_code == status
    return answer.json() if status in {200, 400} else None


def test_new_entries_are_counted_with_the_filters_and_not_pushed(victor: Client) -> None:
    first = decide(Act.OPEN).seq
    page = read(victor, person="alice")
    ask = re.search(r'data-newer="/audit/newer\?([^"]+)"', page)
    assert ask
    query = unescape(ask[1])
    assert query == f"person=alice&after={first}"
    assert newer(victor, query)["count"] == 0
    decide(Act.CLOSE)
    touch(Act.OPEN, "catalog", "search")
    assert newer(victor, query) == {"count": 1, "text": "1 new entry: show"}
    decide(Act.OPEN)
    assert newer(victor, query)["text"] == "2 new entries: show"
    assert "data-newer" not in read(victor, before=first + 1)


@pytest.mark.parametrize(
    "query",
    ["", "after=", "after=x", "after=-1", "after=²", f"after={10**18}", "after=1&action=gate.flown",
     "after=1&since=yesterday"],
)  # fmt: skip
def test_what_cannot_be_counted_is_said(victor: Client, query: str) -> None:
    assert "cannot be read" in newer(victor, query, 400)["error"]


def test_nobody_counts_without_a_role(nobody: Client) -> None:
    newer(nobody, "after=0", 403)
