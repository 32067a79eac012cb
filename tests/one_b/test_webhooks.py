"""Every webhook on a canary's page: who answers it, what is sent along, and what it answered last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from dashboard.analysis import Hook
from dashboard.canary import parse
from dashboard.hook_outcomes import Answer, Outcome, Saying, last
from dashboard.secret_names import MASK
from dashboard.store import Store
from gates import heartbeat
from gates.keys import DEFAULT_CLUSTER, GATE, GateKey
from tests.one_b.recorded import hooks_and_sayings
from tests.one_b.things import call, event
from tests.support import views
from tests.support.html import Element, elements

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def hook(type: str, name: str = "check") -> Hook:
    return Hook(type, name, "http://elsewhere/x", 5, 0, {})


@pytest.mark.parametrize(
    ("type", "message", "answer", "why"),
    [
        ("rollout", "Halt a.b advancement external check check failed 500 oh no", Answer.FAILED, "500 oh no"),
        ("pre-rollout", "Halt a.b advancement pre-rollout check check failed oh", Answer.FAILED, "oh"),
        ("pre-rollout", "Pre-rollout check check passed", Answer.PASSED, ""),
        ("post-rollout", "Post-rollout hook check failed oh", Answer.FAILED, "oh"),
        ("confirm-rollout", "Halt a.b advancement waiting for approval check", Answer.REFUSED, ""),
        ("confirm-rollout", "Confirm-rollout check check passed", Answer.PASSED, ""),
        (
            "confirm-promotion",
            "Halt a.b advancement waiting for promotion approval check",
            Answer.REFUSED,
            "",
        ),
        (
            "confirm-traffic-increase",
            "Halt a.b advancement waiting for traffic increase approval check",
            Answer.REFUSED,
            "",
        ),
        ("rollback", "Rollback hook check not signaling a rollback", Answer.REFUSED, ""),
        ("rollback", "Rollback check check passed", Answer.PASSED, ""),
        (
            "rollback",
            "(combined from similar events): Rollback check check passed",
            Answer.PASSED,
            "",
        ),
    ],
)
def test_flaggers_messages_tell_the_last_answer(type: str, message: str, answer: Answer, why: str) -> None:
    assert last(hook(type), [Saying(AT, message)]) == Outcome(AT, answer, why)


@pytest.mark.parametrize(
    ("type", "message"),
    [
        ("rollout", "Halt a.b advancement external check check two failed oh"),
        ("confirm-rollout", "Halt a.b advancement waiting for promotion approval check"),
        ("pre-rollout", "Pre-rollout check check two passed"),
        ("rollback", "Rollback check checks passed"),
        ("event", "Halt a.b advancement external check check failed oh"),
    ],
)
def test_messages_about_others_tell_nothing(type: str, message: str) -> None:
    assert last(hook(type), [Saying(AT, message)]) is None


def test_every_answer_of_a_recording_is_recognised() -> None:
    hooks, sayings = hooks_and_sayings("all-gates")
    told = {each.type: last(each, sayings) for each in hooks}
    passed = {name for name, outcome in told.items() if outcome and outcome.answer is Answer.PASSED}
    assert passed == {
        "confirm-rollout",
        "pre-rollout",
        "confirm-traffic-increase",
        "confirm-promotion",
        "post-rollout",
    }
    assert told["rollback"] is not None
    assert told["rollback"].answer is Answer.REFUSED
    assert told["rollout"] is None


def test_the_failure_of_a_recording_is_told_with_its_reason() -> None:
    hooks, sayings = hooks_and_sayings("failing-hook")
    (failed,) = [outcome for each in hooks if (outcome := last(each, sayings)) and outcome.why]
    assert failed.answer is Answer.FAILED
    assert failed.why.endswith("giving up after 1 attempt(s)")


def rows(client: Client) -> list[Element]:
    answer: Any = client.get("/canaries/test/rising")
    assert answer.status_code == 200
    return elements(answer.content.decode(), "data-hook")


def show(store: Store, *hooks: dict[str, Any]) -> None:
    raw = views.raw("rising", hooks=())
    raw["spec"]["analysis"]["webhooks"] = list(hooks)
    views.put(store, parse(DEFAULT_CLUSTER, raw))


pages = pytest.mark.django_db


@pages
@pytest.mark.parametrize(
    ("url", "words", "elsewhere"),
    [
        ("http://tests.example.com/acceptance", "answered elsewhere", True),
        ("http://loadtester.test/", "a task: run by the load tester", False),
        ("http://aviary/gate/halt", "always answers no", False),
        ("http://aviary/gate/approve", "always answers yes", False),
    ],
)
def test_who_answers_is_said(store: Store, viewer: Client, url: str, words: str, elsewhere: bool) -> None:
    show(store, {"name": "x", "type": "rollout", "url": url, "timeout": "7s", "retries": 2})
    (row,) = rows(viewer)
    assert words in row.text
    assert ("data-elsewhere" in row.attributes) == elsewhere
    assert "7 s · 2 retries" in row.text


@pages
def test_a_failure_is_told_with_an_icon_and_its_reason_masked(store: Store, viewer: Client) -> None:
    show(store, {"name": "acceptance", "type": "rollout", "url": "http://e2e/t/s3cret/run"})
    said = (
        "Halt rising.test advancement external check acceptance failed POST http://e2e/t/s3cret/run giving up"
    )
    call(10, said, warning=True)
    (row,) = rows(viewer)
    assert f"POST http://e2e/t/{MASK}/run giving up" in row.text
    assert f"http://e2e/t/{MASK}/run" in row.text
    assert "s3cret" not in row.text
    assert "last failure" in row.text


@pages
def test_the_newest_of_events_and_calls_counts(store: Store, viewer: Client) -> None:
    show(store, {"name": "smoke", "type": "pre-rollout", "url": "http://e2e/run"})
    call(10, "Halt rising.test advancement pre-rollout check smoke failed oh", warning=True)
    store.around.apply("Event", [event(20, "Pre-rollout check smoke passed")])
    assert "last answer: passed" in rows(viewer)[0].text
    call(30, "Halt rising.test advancement pre-rollout check smoke failed again", warning=True)
    assert "again" in rows(viewer)[0].text


@pages
def test_an_address_like_ours_that_somebody_else_answers_is_recognised(store: Store, viewer: Client) -> None:
    show(store, {"name": "gate", "type": "confirm-promotion", "url": "http://loadtester/gate/check"})
    assert "somebody else" not in rows(viewer)[0].text
    call(10, "Confirm-promotion check gate passed")
    assert "answered by somebody else at this address: Aviary was never asked" in rows(viewer)[0].text
    heartbeat.record(GateKey(GATE, DEFAULT_CLUSTER, "test", "rising"), datetime.now(UTC), False, "")
    (row,) = rows(viewer)
    assert "somebody else" not in row.text
    assert "last answer" not in row.text


@pages
def test_a_policy_is_told_in_words_and_other_metadata_as_it_is_sent(store: Store, viewer: Client) -> None:
    metadata = {"approvals": "2", "reason": "required", "team": "payments", "api-token": "s3cret"}
    show(
        store,
        {
            "name": "p",
            "type": "confirm-promotion",
            "url": "http://a/hooks/confirm-promotion",
            "metadata": metadata,
        },
        {
            "name": "load",
            "type": "rollout",
            "url": "http://lt/",
            "metadata": {"cmd": "hey -z 1m http://u:p@x/"},
        },
    )
    first, second = rows(viewer)
    assert "2 approvals by different people. Each with a reason." in first.text
    assert "2 fields sent along" in first.text
    assert "team" in first.text
    assert "s3cret" not in first.text
    assert "1 field sent along" in second.text
    assert f"hey -z 1m http://{MASK}@x/" in second.text


@pages
def test_a_header_and_a_password_sent_along_are_masked_as_in_the_manifest(
    store: Store, viewer: Client
) -> None:
    cmd = "hey -H 'Authorization: Bearer eyJsecret' http://x/ && curl -u admin:hunter2 http://y/"
    show(store, {"name": "load", "url": "http://lt/", "metadata": {"cmd": cmd}})
    (row,) = rows(viewer)
    assert f"hey -H 'Authorization: Bearer {MASK}' http://x/ && curl -u admin:{MASK} http://y/" in row.text
    page = viewer.get("/canaries/test/rising").content.decode()
    assert "eyJsecret" not in page
    assert "hunter2" not in page


@pages
def test_muted_alerts_are_said(store: Store, viewer: Client) -> None:
    show(
        store,
        {"name": "a", "type": "rollout", "url": "http://x/y", "muteAlert": True},
        {"name": "b", "url": "http://x/y"},
    )
    muted, loud = rows(viewer)
    assert "alerts muted" in muted.text
    assert "alerts muted" not in loud.text
