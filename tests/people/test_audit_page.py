"""The audit page: what a person reads, finds, and is told when the filter is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.interventions import records
from dashboard.store import Store
from gates import (
    approvals,
    audit,
    decisions,
    facts,
    freezing,
    log_wording,
    roles,
    typed_actions,
    unapproved,
    wording,
)
from gates.audit import Actor, Origin
from gates.decisions import VERBS, Act, Change
from gates.facts import Facts
from gates.keys import GateKey
from gates.models import AuditEntry
from gates.pages import PAGE
from tests.api.test_reading import touch
from tests.support.people import People

pytestmark = pytest.mark.django_db
CHECKOUT = GateKey("gate", "default", "payments", "checkout")


@pytest.fixture
def victor(browse: Callable[[str], Client], store: Store) -> Client:
    """A viewer's browser."""
    return browse("victor")


def read(client: Client, address: str = "/audit", *, status: int = 200, **filters: Any) -> str:
    """The page's text between its markers, entities resolved, blanks collapsed."""
    answer = client.get(address, filters)
    assert answer.status_code == status
    return answer.content.decode()


def shown(page: str) -> list[int]:
    """The numbers of the entries, in the order of the page."""
    return [int(number) for number in re.findall(r'data-entry="(\d+)"', page)]


def words(page: str) -> str:
    """Without tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def decide(act: Act, reason: str = "", **more: Any) -> AuditEntry:
    """As alice does in the browser."""
    known = facts.current("default", "payments", "checkout")
    change = Change(
        act,
        CHECKOUT,
        Actor("person", "alice"),
        Origin("page", "10.1.2.3", "Firefox"),
        reason=reason,
        facts=known if isinstance(known, Facts) else None,
        **more,
    )
    entry = decisions.apply([change])[0].entry
    assert entry is not None
    return entry


def test_an_approval_reads_as_a_sentence_with_everything_that_was_true_then(victor: Client) -> None:
    decide(Act.OPEN, "p99 is fine", bind=True)
    page = read(victor)
    text = words(page)
    assert "alice approved payments/checkout : its gate is open for this revision" in text
    assert "p99 is fine" in text
    assert "Progressing 20 %" in text
    assert "shop/checkout:2.14.0" in text
    assert re.search(r"revision a{10}\b", text)
    assert "in the browser from 10.1.2.3" in text
    assert "gate.opened" in text
    assert '<a class="canary" href="/canaries/payments/checkout">' in page
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT', page)


def test_decided_at_and_first_answered_at_are_two_entries_that_lead_to_each_other(victor: Client) -> None:
    decision = decide(Act.OPEN, bind=True)
    flagger = Change(
        Act.ANSWER, CHECKOUT, Actor("flagger", "Flagger"), Origin("webhook"), expect=decision.seq
    )
    answer = decisions.apply([flagger])[0].entry
    assert answer is not None
    page = read(victor)
    assert shown(page) == [answer.seq, decision.seq]
    assert f'href="/audit/{decision.seq}">decision #{decision.seq}</a>' in page
    assert "for the first time after the decision" in words(page)
    assert shown(read(victor, f"/audit/{decision.seq}")) == [answer.seq]


def test_an_entry_shows_every_field_and_both_hashes(victor: Client) -> None:
    first = decide(Act.OPEN, "go", bind=True)
    second = decide(Act.HOLD, "stop <b>now</b>")
    page = read(victor, f"/audit/{second.seq}")
    text = words(page)
    assert "stop <b>now</b>" in text
    assert "<b>now</b>" not in page
    for value in (
        first.hash,
        second.hash,
        second.subject,
        second.revision,
        "Firefox",
        "10.1.2.3",
        "gate.held",
    ):
        assert value in text
    assert "none: this is the first" in words(read(victor, f"/audit/{first.seq}"))
    assert f'href="/audit/{first.seq}"' in page


@pytest.mark.parametrize("number", [0, 99, 2**63, 10**30])
def test_an_entry_that_does_not_exist_is_not_found(victor: Client, number: int) -> None:
    decide(Act.OPEN)
    assert "nothing at this address" in words(read(victor, f"/audit/{number}", status=404))


def test_filters_find_and_stay_in_the_form(victor: Client) -> None:
    opened = decide(Act.OPEN, bind=True).seq
    script = touch(Act.OPEN, "catalog", "search")
    closed = decide(Act.CLOSE).seq
    today = timezone.now().date()
    assert shown(read(victor)) == [closed, script, opened]
    assert shown(read(victor, canary="payments/checkout")) == [closed, opened]
    assert shown(read(victor, canary="SEAR")) == [script]
    assert shown(read(victor, canary="payments")) == [closed, opened]
    assert shown(read(victor, action="gate.closed")) == [closed]
    assert shown(read(victor, person="alice")) == [closed, opened]
    assert shown(read(victor, since=today, until=today)) == [closed, script, opened]
    assert shown(read(victor, until=today - timedelta(days=1))) == []
    page = read(victor, canary="payments/checkout", person="alice", action="gate.closed", since=today)
    assert shown(page) == [closed]
    for kept in ('value="payments/checkout"', 'value="alice"', f'value="{today}"', '"gate.closed" selected'):
        assert kept in page


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"since": "2026-02-31"}, "This is no date"),
        ({"until": "yesterday"}, "This is no date"),
        ({"action": "gate.flown"}, "There is no such action"),
        ({"since": "2026-05-02", "until": "2026-05-01"}, "This lies before"),
        ({"canary": "x" * 601}, "at most 600 characters"),
        ({"before": "x"}, "Enter a whole number"),
        ({"before": "0"}, "greater than or equal to 1"),
        ({"before": str(2**63)}, "less than or equal to"),
    ],
)
def test_a_wrong_filter_gets_a_message_beside_it_and_no_entries(
    victor: Client, filters: dict[str, Any], message: str
) -> None:
    touch(Act.OPEN)
    page = read(victor, **filters)
    assert message in words(page)
    assert shown(page) == []
    assert "Nothing has been decided yet" not in page


@pytest.mark.parametrize("until", ["9999-12-31", "0001-01-01"])
def test_the_ends_of_the_calendar_are_dates_too(victor: Client, until: str) -> None:
    touch(Act.OPEN)
    read(victor, until=until, since="0001-01-01")


def test_pages_follow_each_other_and_keep_the_filter(victor: Client) -> None:
    numbers = [touch(act) for act in (Act.OPEN, Act.CLOSE) * (PAGE // 2 + 3)]
    touch(Act.OPEN, "catalog", "search")
    first = read(victor, canary="payments/checkout")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = read(victor, "/audit" + unescape(older[1]))
    assert shown(first) + shown(second) == numbers[::-1]
    assert 'href="?canary=payments%2Fcheckout">Newest' in second
    assert 'rel="next"' not in second


def test_an_empty_log_says_what_will_be_here_and_an_empty_result_how_to_search(
    victor: Client,
) -> None:
    assert "Nothing has been decided yet" in read(victor)
    touch(Act.OPEN)
    page = read(victor, person="nobody")
    assert "No entry matches" in page
    assert "Show everything" in page


@pytest.mark.parametrize(
    ("namespace", "name"),
    [
        ("", ""),
        ("a/b", "c/d"),
        ("payments", "x" * 5000),
        ("<script>", "{{ x }}"),
        ("결제", "서비스"),
        ("", "n"),
    ],
)
def test_any_name_that_a_script_used_is_shown_and_breaks_nothing(
    victor: Client, namespace: str, name: str
) -> None:
    number = touch(Act.OPEN, namespace, name)
    page = read(victor)
    assert shown(page) == [number]
    assert "<script>/" not in page
    read(victor, f"/audit/{number}")


def test_a_long_page_asks_the_database_a_fixed_number_of_questions(victor: Client) -> None:
    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            read(victor)
        return len(asked)

    touch(Act.OPEN)
    few = questions()
    for _more in range(20):
        touch(Act.OPEN)
    assert questions() == few


def test_every_action_has_its_words() -> None:
    codes = {code for pair in VERBS.values() for code in pair} | {roles.GRANTED, roles.REVOKED}
    codes |= {*approvals.SAID.values(), approvals.TAKEN_BACK, approvals.LAPSED}
    codes |= {typed_actions.COMMENTED, unapproved.ACTION} | records.EVERY_CODE | set(log_wording.ACTIONS)
    assert codes | freezing.ACTIONS == set(wording.ACTIONS)


@pytest.mark.parametrize(
    ("kind", "after", "said"),
    [
        ("confirm-rollout", {}, "alice approved the start of a/b"),
        ("confirm-promotion/qa", {}, "alice approved the promotion (qa) of a/b"),
        (
            "confirm-traffic-increase",
            {"reach": "up-to", "weight": 50},
            "alice approved traffic up to 50 % of a/b",
        ),
        ("confirm-traffic-increase", {"reach": "all", "weight": 100}, "alice approved all traffic of a/b"),
        ("<i>", {}, "alice approved a step of a/b"),
    ],
)
def test_an_approval_says_of_which_step(kind: str, after: dict[str, object], said: str) -> None:
    entry = AuditEntry(
        action="approval.granted", outcome=audit.CHANGED, actor="alice", kind=kind, after=after, before={}
    )
    assert wording.sentence(entry, "a/b") == said


ABOUT_CANARIES = [code for code, words in wording.ACTIONS.items() if "{canary}" in str(words[1])]


@pytest.mark.parametrize("outcome", [audit.CHANGED, audit.UNCHANGED, audit.REFUSED])
@pytest.mark.parametrize("action", [*ABOUT_CANARIES, "revision.unapproved", "{who}{0}"])
def test_every_entry_makes_a_sentence(action: str, outcome: str) -> None:
    entry = AuditEntry(action=action, outcome=outcome, actor="<i>{canary}</i>", after={"open": True})
    sentence = wording.sentence(entry, "a/b")
    assert "a/b" in sentence
    assert "<i>" not in sentence


def test_what_ended_by_itself_says_why(people: People) -> None:
    entry = AuditEntry(actor_kind="system", reason="release ended")
    assert wording.reason(entry) == "The release ended."
    assert wording.reason(AuditEntry(actor_kind="person", reason="release ended")) == "release ended"
