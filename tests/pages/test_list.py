"""The list: what waits on top, then every canary; filters in the address; troubles that teach."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboard.canary import parse
from dashboard.store import Reach, Store, Trouble
from gates.keys import DEFAULT_CLUSTER
from tests.support import views
from tests.support.html import elements, one, text

pytestmark = pytest.mark.django_db


def page(client: Client, address: str = "/") -> str:
    answer: Any = client.get(address)
    assert answer.status_code == 200
    body: str = answer.content.decode()
    return body


def rows(html: str) -> list[str]:
    return [row["data-canary"] for row in elements(html, "data-canary", tag="tr")]


def test_a_row_says_what_the_contract_promises(store: Store, viewer: Client) -> None:
    row = one(page(viewer), "data-canary", "test/rising", tag="tr")
    assert (row["data-phase"], row["data-weight"], row["data-failed-checks"]) == ("Progressing", "25", "2")
    assert "data-waiting" not in row.attributes
    assert "step 2 of 3" in row.text
    assert "2 of 5" in row.text
    assert "1.0→ 1.1" in row.text


def test_what_waits_is_on_top_with_what_it_waits_for(store: Store, approver: Client) -> None:
    html = page(approver)
    card = one(html, "data-canary", "test/waiting", tag="li")
    assert card["data-waiting"] == "confirm-promotion"
    assert card["data-weight"] == "50"
    assert "(1) Aviary" in html
    assert rows(html) == ["test/waiting", "test/rising", "other/calm"]


def test_the_steps_are_ticks_and_the_share_is_a_width(store: Store, viewer: Client) -> None:
    html = page(viewer)
    assert 'd="M10 0V10M25 0V10M50 0V10"' in html
    assert '<rect class="canary" width="25" height="10"/>' in html


def test_every_phase_of_flagger_has_a_word_and_an_unknown_one_is_shown_verbatim(
    store: Store, viewer: Client
) -> None:
    views.put(store, views.canary("odd", phase="PhaseOfTheMoon"))
    assert "PhaseOfTheMoon" in one(page(viewer), "data-canary", "test/odd", tag="tr").text


def test_a_hundred_rows_a_page(store: Store, viewer: Client) -> None:
    views.put(store, *(views.canary(f"c{number:03}", phase="Succeeded") for number in range(150)))
    first, second = page(viewer), page(viewer, "/?page=2")
    assert len(rows(first)) == 100
    assert len(rows(second)) == 53
    assert not set(rows(first)) & set(rows(second))
    assert "page 1 of 2" in text(first)


@pytest.mark.parametrize("address", ["/?page=99999", "/?page=-1", "/?page=²", "/?page=x&q=" + "y" * 5000])
def test_odd_pages_and_filters_are_no_errors(store: Store, viewer: Client, address: str) -> None:
    page(viewer, address)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ris", ["test/rising"]),
        ("ns:other", ["other/calm"]),
        ("phase:waitingpromotion", ["test/waiting"]),
        ('phase:"Waiting promotion"', ["test/waiting"]),
        ("phase:waiting", []),
        ("test i phase:progressing", ["test/rising"]),
        ("test/calm", []),
        ("image:1.0 !phase:succeeded !waiting", ["test/rising"]),
        ("is:waiting", ["test/waiting"]),
        ("phase:succeeded phase:progressing", ["test/rising", "other/calm"]),
        ("team:shop", []),
    ],
)
def test_the_filter_is_in_the_address(store: Store, viewer: Client, query: str, found: list[str]) -> None:
    html = page(viewer, f"/?q={query.replace(' ', '+')}")
    assert rows(html) == found
    assert one(html, "name", "q")["value"] == query
    if not found:
        assert "No canary passes this filter" in text(html)


def test_counts_link_to_their_phase_and_keep_the_words(store: Store, viewer: Client) -> None:
    html = page(viewer, "/?q=ns:test")
    counts = {count.text: count["href"] for count in elements(html, "class", "count")}
    assert counts == {
        "All 2": "?q=ns%3Atest",
        "Waiting promotion 1": "?q=ns%3Atest+phase%3Awaitingpromotion",
        "Progressing 1": "?q=ns%3Atest+phase%3Aprogressing",
    }


def test_labels_and_warnings_find_canaries(store: Store, viewer: Client) -> None:
    raw = views.raw("labelled", phase="Succeeded", hooks=["confirm-promotion"])
    raw["metadata"]["labels"] = {"example.com/team": "Shop"}
    store.apply("Canary", [parse(DEFAULT_CLUSTER, raw)])
    for query in ("team:shop", "label:team=shop", "example.com%2Fteam:shop", "label:team"):
        assert rows(page(viewer, f"/?q={query}")) == ["test/labelled"]
    assert "test/labelled" in rows(page(viewer, "/?q=is:warning"))


@pytest.mark.parametrize(
    ("query", "says", "found"),
    [
        ("is:late calm", "“is:late” was left out", 1),
        ("ns:", "“ns:” was left out: write a value behind it", 3),
        ('"calm', "has a quote that does not end", 1),
        ("colour:red", "no canary has that label. Other fields are ns:, phase:", 0),
        ("phase:faild", "Phases are waiting, waitingpromotion, failed", 0),
        ("ns:tes", "no canary is in that namespace", 0),
        ("rising nonsense", "“nonsense” finds nothing by itself", 0),
        ("x" * 501, "Only the first 500 letters", 0),
    ],
)
def test_what_cannot_be_used_is_named_with_a_remedy_and_kept(
    store: Store, viewer: Client, query: str, says: str, found: int
) -> None:
    html = page(viewer, f"/?q={query}")
    assert says in one(html, "id", "notes").text
    assert len(rows(html)) == found
    assert one(html, "name", "q")["value"] == query


def test_while_somebody_types_only_what_changes_is_sent(store: Store, viewer: Client) -> None:
    answer: Any = viewer.get("/?q=ns:test", headers={"HX-Request": "true"})
    html = answer.content.decode()
    parts = {element["id"] for element in elements(html, "hx-swap-oob")}
    assert parts == {"heading", "counts", "notes", "rows", "pager"}
    assert rows(html) == ["test/waiting", "test/rising"]
    assert one(html, "id", "rows")["data-view"] == "q=ns%3Atest"
    assert answer.headers["Cache-Control"] == "no-store"


def test_pages_travel_compressed(store: Store, viewer: Client) -> None:
    answer: Any = viewer.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    script: Any = viewer.get("/static/aviary.js", headers={"Accept-Encoding": "gzip"})
    assert script.headers["Content-Encoding"] == "gzip"
    b"".join(script)


def test_the_inbox_ignores_the_filter(store: Store, viewer: Client) -> None:
    assert elements(page(viewer, "/?q=calm"), "data-waiting")


@pytest.mark.parametrize(
    ("reach", "trouble", "says"),
    [
        (Reach.STARTING, Trouble.NONE, "Reading the cluster"),
        (Reach.STARTING, Trouble.NO_CRD, "Flagger is not installed"),
        (Reach.STARTING, Trouble.FORBIDDEN, "kubectl create clusterrole aviary"),
        (Reach.STARTING, Trouble.UNREACHABLE, "cannot be reached"),
        (Reach.STARTING, Trouble.NO_CONFIG, "Set KUBECONFIG"),
        (Reach.LIVE, Trouble.NONE, "kind: Canary"),
    ],
)
def test_each_trouble_has_a_page_that_says_what_to_do(
    viewer: Client, reach: Reach, trouble: Trouble, says: str
) -> None:
    empty = views.store()
    empty.set_freshness(reach, trouble, "the <detail>")
    with views.shown(empty):
        html = page(viewer)
    assert says in text(html)
    assert "<detail>" not in html


def test_a_stale_list_says_since_when_and_keeps_what_was_known(store: Store, viewer: Client) -> None:
    store.set_freshness(Reach.STALE, Trouble.UNREACHABLE, "connection refused")
    html = page(viewer)
    assert "What is shown is from before" in text(html)
    assert "connection refused" in text(html)
    assert "test/rising" in rows(html)


def test_no_page_calls_itself_live_before_it_is(store: Store, viewer: Client) -> None:
    assert one(page(viewer), "data-live")["data-live"] == "reconnecting"


def test_somebody_without_a_role_is_told_whom_to_ask(store: Store, stranger: Client) -> None:
    answer: Any = stranger.get("/")
    assert answer.status_code == 403
    html = answer.content.decode()
    assert "ada" in text(html)
    assert "rising" not in html
    assert not elements(html, "hx-ws:connect")


def test_nothing_is_shown_without_signing_in(store: Store, client: Client) -> None:
    for address in ("/", "/canaries/test/rising", "/canaries/test/rising/approve"):
        answer: Any = client.get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in?")


def test_names_and_reasons_are_text_never_markup(store: Store, viewer: Client) -> None:
    script = "<script>alert(1)<b>"
    views.put(
        store, views.canary(script, "a<b", "Failed", message=script, analysis={"iterations": 3}), new=script
    )
    assert "<script>alert" not in page(viewer)
    assert script in text(page(viewer, "/?q=alert"))


def test_pages_carry_a_policy_without_unsafe_and_nothing_inline(store: Store, viewer: Client) -> None:
    answer: Any = viewer.get("/")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    html = answer.content.decode()
    assert not elements(html, "style")
    assert all("src" in script.attributes for script in elements(html, "defer", tag="script"))
