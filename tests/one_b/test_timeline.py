"""The timeline on a canary's page: everything that is told, each once, the newest first."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.secret_names import MASK
from dashboard.store import Store
from dashboard.timeline import sources
from gates import decisions
from gates.audit import Actor, Origin
from gates.confirm_rules import Hook
from gates.decisions import Act, Change
from gates.keys import DEFAULT_CLUSTER, GATE, GateKey
from gates.models import AuditEntry
from tests.one_b.things import call, event, release
from tests.support.html import Element, elements, one, text

pytestmark = pytest.mark.django_db
OPENED = Change(
    Act.OPEN,
    GateKey(GATE, DEFAULT_CLUSTER, "test", "rising"),
    Actor("person", "alice"),
    Origin("page", "10.0.0.7"),
    reason="looks <b>good</b>",
)


def page(client: Client, show: str = "", name: str = "rising", status: int = 200) -> str:
    answer: Any = client.get(f"/canaries/test/{name}{show}")
    assert answer.status_code == status
    body: str = answer.content.decode()
    return body


def rows(html: str) -> list[Element]:
    return elements(html, "data-kind", tag="li")


def told(html: str) -> list[str]:
    """What each row says, without its time and its source."""
    return [row.text.split("UTC ", 1)[-1].split("UTC", 1)[-1].strip() for row in rows(html)]


def shop(store: Store) -> None:
    """Of each kind something: a release, an Event and a call of the same, a decision."""
    release(0, "a1b2c3d4e5f6", [(0, "Progressing", 0, 0), (60, "Progressing", 10, 0), (120, "Failed", 0, 1)])
    store.around.apply("Event", [event(60, "Advance rising.test canary weight 10")])
    call(60.4, "Advance rising.test canary weight 10")
    call(90, "Halt rising.test advancement success rate 90% < 99%", warning=True)
    decisions.apply([OPENED])


def test_everything_is_told_once_and_the_newest_comes_first(store: Store, viewer: Client) -> None:
    shop(store)
    found = [
        (row["data-kind"], words) for row, words in zip(rows(page(viewer)), told(page(viewer)), strict=True)
    ]
    assert found[0][0] == "decisions"
    assert "alice opened the gate of rising" in found[0][1]
    assert [kind for kind, _words in found[1:]] == ["changes", "flagger", "flagger", "changes", "changes"]
    assert "Progressing → Failed · weight 10 → 0 % · failed checks 1" in found[1][1]
    assert "warning Halt rising.test" in found[2][1]
    assert "event + event hook" in found[3][1]


def test_warnings_have_an_icon_and_a_word(store: Store, viewer: Client) -> None:
    shop(store)
    html = page(viewer)
    warned = [row for row in rows(html) if row.attributes.get("class") == "warned"]
    assert len(warned) == 2
    assert all("warning" in row.text for row in warned)
    assert html.count('<use href="#i-warn"/></svg>warning') == 2


@pytest.mark.parametrize(
    ("show", "kinds"),
    [
        ("?timeline=decisions", {"decisions"}),
        ("?timeline=flagger", {"flagger"}),
        ("?timeline=changes", {"changes"}),
        ("?timeline=", {"decisions", "flagger", "changes"}),
        ("?timeline=<script>", {"decisions", "flagger", "changes"}),
    ],
)
def test_links_filter_it(store: Store, viewer: Client, show: str, kinds: set[str]) -> None:
    shop(store)
    html = page(viewer, show)
    assert {row["data-kind"] for row in rows(html)} == kinds
    assert "<script>" not in html
    (chosen,) = [each for each in elements(html, "aria-current", "true", "a") if "#timeline" in each["href"]]
    assert chosen["href"] == f"{show}#timeline" if len(kinds) == 1 else "?#timeline"


def test_a_filter_without_findings_says_so_and_can_be_left(store: Store, viewer: Client) -> None:
    html = page(viewer, "?timeline=decisions")
    assert "Nothing of this kind so far." in text(html)
    assert [each["href"] for each in elements(html, "href", "?#timeline")] == ["?#timeline"]


def test_rows_are_grouped_by_the_release_that_they_belong_to(store: Store, viewer: Client) -> None:
    call(-900, "before everything")
    release(0, "aaaaaaaaaaaa", [(0, "Progressing", 0, 0)])
    # Told before the watch saw it begin.
    call(997, "New revision detected!")
    release(1000, "bbbbbbbbbbbb", [(1000, "Progressing", 0, 0)])
    html = page(viewer)
    groups = [each.text.split(" (")[0] for each in elements(html, "class", "run", "h3")]
    assert [group.split()[1] for group in groups[:2]] == ["bbbbbbbbbb", "aaaaaaaaaa"]
    assert groups[2] == "Before"
    parts = html.split('<h3 class="run">')
    assert ["New revision detected" in part for part in parts[1:]] == [True, False, False]


def test_what_people_wrote_and_what_flagger_said_is_text(store: Store, viewer: Client) -> None:
    decisions.apply([OPENED])
    call(0, "Halt <img src=x> failed")
    html = page(viewer)
    assert "looks &lt;b&gt;good&lt;/b&gt;" in html
    assert "<img" not in html


def test_tokens_in_addresses_are_masked(store: Store, viewer: Client) -> None:
    said = "failed POST http://av/t/s3cret/hooks/rollback giving up"
    call(0, said)
    assert f"http://av/t/{MASK}/hooks/rollback" in text(page(viewer))
    assert "s3cret" not in page(viewer)


def test_a_call_with_a_token_is_the_same_as_the_event_that_is_masked(store: Store, viewer: Client) -> None:
    call(0, "failed POST http://av/t/s3cret/x")
    store.around.apply("Event", [event(0, f"failed POST http://av/t/{MASK}/x")])
    assert len(rows(page(viewer))) == 1


def test_the_end_that_a_post_rollout_hook_told_is_a_row(store: Store, viewer: Client) -> None:
    call(0, "", hook=Hook.POST)
    assert "Told over the post-rollout hook: Progressing" in told(page(viewer))[0]


def test_two_hundred_rows_are_shown_and_the_log_has_the_others(store: Store, viewer: Client) -> None:
    for second in range(sources.MOST + 20):
        call(second, f"number {second}")
    html = page(viewer)
    assert len(rows(html)) == sources.MOST
    assert f"number {sources.MOST + 19}" in told(html)[0]
    assert "The newest 200 are shown." in text(html)
    assert elements(html, "href", "/audit?canary=test/rising")


def test_a_message_of_every_interval_is_one_row(store: Store, viewer: Client) -> None:
    for second in range(0, 600, 10):
        call(second, "Halt rising.test advancement waiting for approval gate", warning=True)
    (row,) = rows(page(viewer))
    assert "×60 since" in row.text


def test_rows_cost_no_queries_of_their_own(store: Store, viewer: Client) -> None:
    shop(store)
    page(viewer)

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            shown = len(rows(page(viewer)))
        return shown, len(queries)

    few = asked()
    for second in range(100):
        call(second, f"number {second}")
        decisions.apply([OPENED])
    many = asked()
    assert many[0] > few[0] + 150
    assert many[1] == few[1]


def test_a_canary_that_is_gone_keeps_its_timeline(store: Store, viewer: Client) -> None:
    shop(store)
    store.apply("Canary", drop=[("test", "rising")])
    html = page(viewer, status=404)
    assert "No such canary" in text(html)
    # Its Events are gone with it, what Aviary was told is not.
    assert [row["data-kind"] for row in rows(html)][:2] == ["decisions", "changes"]
    assert {row["data-kind"] for row in rows(page(viewer, "?timeline=flagger", status=404))} == {"flagger"}


def test_a_stranger_learns_nothing_of_it(store: Store, stranger: Client) -> None:
    shop(store)
    answer: Any = stranger.get("/canaries/test/rising")
    assert "alice" not in answer.content.decode()
    assert answer.status_code in (302, 403, 404)


def test_the_log_is_one_click_away_from_each_decision(store: Store, viewer: Client) -> None:
    decisions.apply([OPENED])
    entry = AuditEntry.objects.latest("seq")
    link = one(page(viewer, "?timeline=decisions"), "href", f"/audit/{entry.seq}")
    assert "alice opened the gate" in link.text
