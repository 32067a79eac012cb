"""What may not be seen is not told by filters, pages, links, errors or the look of an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dashboard import stores
from dashboard.canary import parse
from dashboard.store import CANARY, Store
from gates import decisions, export
from gates.audit import Actor, Origin
from gates.decisions import Act, Change
from gates.filters import Filters
from gates.keys import GateKey
from gates.models import AuditEntry, Gate
from gates.permissions import access_of
from tests.api.conftest import manifest
from tests.roles.conftest import INSIDE, OUTSIDE, World, give

pytestmark = pytest.mark.django_db
NOTHING = Filters()


def touch(namespace: str, name: str = "x", act: Act = Act.OPEN) -> int:
    key = GateKey("gate", "default", namespace, name)
    entry = decisions.apply([Change(act, key, Actor("webhook", "script"), Origin("webhook"))])[0].entry
    assert entry is not None
    return entry.seq


def plain(answer: Any, *names: str) -> str:
    """The answer without what is its own: names, tokens, times."""
    text = f"{answer.status_code} {answer.content.decode()}"
    for name in names:
        text = text.replace(name, "NAME")
    text = re.sub(r'csrfmiddlewaretoken" value="[^"]+', "", text)
    return re.sub(r'"since":\s*"[^"]+"|datetime="[^"]+"', "", text)


@pytest.mark.parametrize("name", ["pia", "paul", "petra"])
@pytest.mark.parametrize(
    "address",
    ["/canaries/{}", "/canaries/{}/approve", "/canaries/{}/hold", "/canaries/{}/rollback?kind=gate",
     "/api/v1/canaries/{}/", "/audit?canary={}", "/api/v1/audit/?canary={}", "/?q={}"],
)  # fmt: skip
def test_a_hidden_canary_looks_like_one_that_never_was(
    world: World, browse: Callable[[str], Client], name: str, address: str
) -> None:
    client = browse(name)
    hidden = client.get(address.format(OUTSIDE))
    never = client.get(address.format("catalog/nobody"))
    assert plain(hidden, "finder") == plain(never, "nobody")


@pytest.mark.parametrize("body", [{}, {"reason": 7}, {"nonsense": 1}, {"revision": "b" * 64}])
def test_a_decision_on_it_is_refused_in_the_same_words_whatever_is_sent(
    world: World, script: Callable[[str], APIClient], body: dict[str, Any]
) -> None:
    client = script("paul")
    answers = [
        client.post(f"/api/v1/canaries/{canary}/approve", body, format="json")
        for canary in (OUTSIDE, "catalog/nobody")
    ]
    assert plain(answers[0]) == plain(answers[1])
    assert answers[0].json()["error"]["code"] == "no-such-canary"


def test_before_the_cluster_was_read_nothing_differs_either(
    world: World, script: Callable[[str], APIClient]
) -> None:
    stores.use_all([Store("default", "starting")])
    client = script("pia")
    hidden, seen = (client.get(f"/api/v1/canaries/{each}/") for each in (OUTSIDE, INSIDE))
    assert plain(hidden) == plain(seen)
    assert hidden.status_code == 503


def test_refusals_name_the_role_and_the_namespace(
    world: World, browse: Callable[[str], Client], script: Callable[[str], APIClient]
) -> None:
    page = browse("pia").get(f"/canaries/{INSIDE}/approve")
    assert "Needs approver in payments-eu" in page.content.decode()
    error = script("pia").post(f"/api/v1/canaries/{INSIDE}/approve").json()["error"]
    assert error == {"code": "forbidden", "message": "Needs approver in payments-eu"}


@pytest.mark.parametrize(
    "query", ["action=gate.opened", "person=a script", "canary=catalog", "canary=finder", "since=2020-01-01",
              "canary=catalog/finder", "action=freeze.created", "action=role.granted", "before=9999"],
)  # fmt: skip
def test_no_filter_of_the_log_finds_what_is_hidden(
    world: World, browse: Callable[[str], Client], query: str
) -> None:
    page = browse("pia").get(f"/audit?{query}").content.decode()
    seen = {int(number) for number in re.findall(r'data-entry="(\d+)"', page)}
    assert seen <= {world.entries["inside"]}
    # What was typed comes back, as it was typed; nothing else tells of it.
    typed = query.partition("=")[2]
    said = page.replace(typed, "").replace(quote(typed, safe=""), "")
    assert "finder" not in said
    assert "catalog" not in said


@pytest.mark.parametrize("query", ["namespace=catalog", "actor=a script", "decision={}", "outcome=changed"])
def test_no_filter_of_the_api_finds_what_is_hidden(
    world: World, script: Callable[[str], APIClient], query: str
) -> None:
    body = script("pia").get(f"/api/v1/audit/?{query.format(world.entries['outside'])}").json()
    assert {each["seq"] for each in body["results"]} <= {world.entries["inside"]}
    assert body["next"] is None


def test_pages_and_cursors_count_only_what_is_seen(world: World, script: Callable[[str], APIClient]) -> None:
    client = script("pia")
    for number in range(6):
        touch("catalog", f"hidden-{number}")
        touch("payments-eu", f"shown-{number}")
    for address, shown in (("audit/", 7), ("gates/", 7)):
        seen: list[str] = []
        following, pages = f"/api/v1/{address}?limit=3", 0
        while following:
            body = client.get(following).json()
            seen += [each["namespace"] for each in body["results"]]
            following, pages = body["next"], pages + 1
        assert (seen, pages) == (["payments-eu"] * shown, 3)
    store = stores.every()[0]
    store.apply(CANARY, [parse("default", manifest("catalog", f"c{n}")) for n in range(5)])
    body = client.get("/api/v1/canaries/?limit=1").json()
    assert body["next"] is None
    assert client.get("/api/v1/canaries/?cursor=catalog/c1").json()["results"] == body["results"]


def test_an_entry_leads_to_the_next_one_that_may_be_seen(
    world: World, browse: Callable[[str], Client]
) -> None:
    first = touch("payments-eu")
    hidden = [touch("catalog"), touch("")]
    last = touch("payments-us")
    touch("catalog")
    page = browse("pia").get(f"/audit/{first}").content.decode()
    assert f'rel="next" href="/audit/{last}"' in page
    assert not any(f"/audit/{number}" in page for number in hidden)
    assert 'rel="next"' not in browse("pia").get(f"/audit/{last}").content.decode()
    assert f'rel="next" href="/audit/{hidden[0]}"' in browse("victor").get(f"/audit/{first}").content.decode()


def test_the_log_is_empty_for_who_sees_none_of_it(world: World, browse: Callable[[str], Client]) -> None:
    give("viewer", "quiet", user="nora")
    page = browse("nora").get("/audit").content.decode()
    assert "Nothing has been decided yet" in page
    board = browse("nora").get("/").content.decode()
    assert "No canaries in your namespaces" in board
    assert "kind: Canary" not in board


def test_capitals_and_other_signs_are_told_apart(world: World, script: Callable[[str], APIClient]) -> None:
    for namespace in ("PAYMENTS-eu", "payments_eu", "Payments-*", "xpayments-eu", "payments-", ""):
        touch(namespace, "odd")
    seen = {each["namespace"] for each in script("pia").get("/api/v1/gates/").json()["results"]}
    assert seen == {"payments-eu", "payments-"}
    everything = {each["namespace"] for each in script("victor").get("/api/v1/gates/").json()["results"]}
    assert everything >= {"PAYMENTS-eu", ""}


def test_only_gates_of_the_own_namespace_are_shown_whatever_their_name(
    world: World, script: Callable[[str], APIClient]
) -> None:
    touch("catalog", "payments-eu")
    touch("payments-eu", "catalog")
    found = script("pia").get("/api/v1/gates/").json()["results"]
    assert {(each["namespace"], each["name"]) for each in found} == {
        ("payments-eu", "checkout"), ("payments-eu", "catalog"),
    }  # fmt: skip


def test_who_one_is_and_what_one_may_stands_in_the_menu(
    world: World, browse: Callable[[str], Client]
) -> None:
    give("viewer", "*", user="paul")
    said = {
        name: re.findall(r'<p class="dim">(may [^<]+)</p>', browse(name).get("/").content.decode())
        for name in ("victor", "pia", "paul", "petra", "alice", "ada")
    }
    assert said == {
        "victor": ["may look"],
        "pia": ["may look in payments-*"],
        "paul": ["may look and decide in payments-*", "may look"],
        "petra": ["may look, decide and administer in payments-*"],
        "alice": ["may look and decide"],
        "ada": ["may look, decide and administer"],
    }


def test_rights_cost_two_questions_and_are_asked_once(world: World) -> None:
    user = world.user("gus")
    with CaptureQueriesContext(connection) as asked:
        for _again in range(5):
            assert access_of(user).decides("payments-eu")
        assert Gate.objects.none().count() + AuditEntry.objects.none().count() == 0
    assert len(asked) == 2


def test_neither_counts_nor_offered_names_tell_of_what_is_hidden(
    world: World, browse: Callable[[str], Client]
) -> None:
    client, last = browse("pia"), world.entries["inside"]
    hidden = touch("catalog", "hidden")
    queries = ["namespace=catalog", "action=access", "action=log", "canary=hidden", "text=x"]
    for query in ("", *(f"&{each}" for each in queries), f"&decision={hidden}"):
        body = client.get(f"/audit/newer?after={last}{query}").json()
        assert body["count"] == 0, query
    touch("payments-eu", "shown")
    assert client.get(f"/audit/newer?after={last}").json()["count"] == 1
    assert browse("victor").get(f"/audit/newer?after={last}").json()["count"] > 1
    page = client.get("/audit").content.decode()
    offered = set(re.findall(r'<option value="([^"]*)"></option>', page))
    assert offered == {"a script", "script", "payments-eu", INSIDE, "payments-eu/shown"}


def test_the_newest_number_on_the_page_is_one_that_may_be_seen(
    world: World, browse: Callable[[str], Client]
) -> None:
    for _again in range(3):
        touch("catalog", "hidden")
    for address in ("/audit", "/audit?canary=nothing-like-it"):
        page = browse("pia").get(address).content.decode()
        assert re.findall(r"after=(\d+)", page) == [str(world.entries["inside"])]


def test_downloads_hold_what_the_page_holds(world: World, browse: Callable[[str], Client]) -> None:
    def entries(name: str, filters: Filters = NOTHING) -> set[int]:
        user = world.user(name)
        made = export.begin(access_of(user), filters, "jsonl", Actor("person", name), Origin("page"))
        lines = b"".join(export.json_lines(made)).splitlines()
        return {entry["seq"] for line in lines if "seq" in (entry := json.loads(line))}

    assert entries("pia") == {world.entries["inside"]}
    assert entries("pia", Filters(namespace="catalog")) == set()
    assert entries("otto") >= set(world.entries.values())
    assert browse("nora").get("/audit/export?format=jsonl").status_code == 403
    for name, status in (("pia", 403), ("victor", 403), ("petra", 403), ("ada", 200), ("otto", 200)):
        assert browse(name).get("/audit/checkpoints").status_code == status
