"""The load tester's own table, on both databases."""

from __future__ import annotations

import pytest

from tests.gates.calls import ACCEPTED, APPROVED, FLAGGER, FORBIDDEN, OK, ask, call, somebody
from tests.gates.conftest import Entries
from tests.support.server import Server

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("method", METHODS)
def test_any_method_opens_asks_and_closes(aviary: Server, method: str) -> None:
    who = somebody()

    def answers(path: str) -> tuple[int, bytes]:
        answer = call(aviary, path, who, method=method)
        return answer.status, answer.body

    for switch in ("/gate", "/rollback"):
        assert answers(f"{switch}/check") == FORBIDDEN
        assert answers(f"{switch}/open") == ACCEPTED
        assert answers(f"{switch}/check") == APPROVED
        assert answers(f"{switch}/check") == APPROVED
        assert answers(f"{switch}/close") == ACCEPTED
        assert answers(f"{switch}/check") == FORBIDDEN


def test_a_head_request_has_the_status_and_no_body(aviary: Server) -> None:
    who = somebody()
    assert call(aviary, "/gate/check", who, method="HEAD")[:2] == (403, b"")
    ask(aviary, "/gate/open", who)
    assert call(aviary, "/gate/check", who, method="HEAD")[:2] == (200, b"")


@pytest.mark.parametrize("body", [b"", b"not JSON", b"\xff\x00", b'{"name": "a", "namespace": "b"}'])
def test_approve_and_halt_answer_whatever_the_body_is(sqlite_aviary: Server, body: bytes) -> None:
    for method in METHODS:
        assert call(sqlite_aviary, "/gate/approve", body, method=method)[:2] == OK
        assert call(sqlite_aviary, "/gate/halt", body, method=method)[:2] == FORBIDDEN


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_the_body_is_json_whatever_the_content_type_says(sqlite_aviary: Server, content_type: str) -> None:
    who, headers = somebody(), {"Content-Type": content_type}
    assert call(sqlite_aviary, "/gate/open", who, headers=headers)[:2] == ACCEPTED
    assert call(sqlite_aviary, "/gate/check", who, headers=headers)[:2] == APPROVED


def test_headers_are_what_go_sends(sqlite_aviary: Server) -> None:
    who = somebody()
    text = call(sqlite_aviary, "/gate/check", who)
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.headers["content-length"] == "9"
    accepted = call(sqlite_aviary, "/gate/open", who)
    assert accepted.headers["content-length"] == "0"
    assert "content-type" not in accepted.headers


def test_flaggers_connections_end_and_others_stay(sqlite_aviary: Server) -> None:
    assert call(sqlite_aviary, "/gate/check", somebody(), headers=FLAGGER).headers["connection"] == "close"
    assert "connection" not in call(sqlite_aviary, "/gate/check", somebody()).headers


NAMES = {
    "empty": "",
    "5000 characters": "x" * 5000,
    "emoji": "🐦‍🔥 ünïcode",
    "dots": "a.b.c",
    "dot": ".",
    "dot-dot": "..",
    "slash": "/",
    "rollback": "rollback.x",
    "quotes": "'; DROP TABLE gates_gate; --",
    "spaces": "\u2028 \t\n",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_text_is_a_name(aviary: Server, name: str) -> None:
    who = {"name": name, "namespace": f"{name}-{somebody()['name']}"}
    assert ask(aviary, "/gate/check", who) == FORBIDDEN
    assert ask(aviary, "/gate/open", who) == ACCEPTED
    assert ask(aviary, "/gate/check", who) == APPROVED
    assert ask(aviary, "/rollback/check", who) == FORBIDDEN
    assert ask(aviary, "/gate/close", who) == ACCEPTED
    assert ask(aviary, "/gate/check", who) == FORBIDDEN


def test_kinds_and_namespaces_never_collide(aviary: Server) -> None:
    # The load tester joins all of them to rollback.x.a.b.
    tag = str(somebody()["name"])
    rollback = {"name": "x", "namespace": f"a.{tag}"}
    others = [
        {"name": "rollback.x", "namespace": f"a.{tag}"},
        {"name": "rollback", "namespace": f"x.a.{tag}"},
        {"name": "x.a", "namespace": tag},
    ]
    assert ask(aviary, "/rollback/open", rollback) == ACCEPTED
    for other in others:
        assert ask(aviary, "/gate/check", other) == FORBIDDEN
        assert ask(aviary, "/rollback/check", other) == FORBIDDEN
    assert ask(aviary, "/gate/check", rollback) == FORBIDDEN
    for other in others:
        assert ask(aviary, "/gate/open", other) == ACCEPTED
    assert ask(aviary, "/rollback/close", rollback) == ACCEPTED
    assert [ask(aviary, "/gate/check", other) for other in others] == [APPROVED] * 3


def test_a_missing_name_reads_as_empty(aviary: Server) -> None:
    namespace = f"lonely-{somebody()['name']}"
    assert ask(aviary, "/gate/open", {"namespace": namespace}) == ACCEPTED
    assert ask(aviary, "/gate/check", {"name": "", "namespace": namespace}) == APPROVED


def test_every_decision_and_the_first_yes_is_in_the_log(aviary: Server, entries: Entries) -> None:
    who = somebody(phase="Progressing")
    paths = ["open", "open", "check", "check", "close", "close", "check"]
    answers = [
        call(aviary, f"/gate/{path}", who, headers={**FLAGGER, "X-Request-Id": "abc"}) for path in paths
    ]
    log = entries(aviary, who)
    assert [(e["action"], e["outcome"], e["actor_kind"]) for e in log] == [
        ("gate.opened", "changed", "webhook"),
        ("gate.opened", "unchanged", "webhook"),
        ("answer.approved", "changed", "flagger"),
        ("gate.closed", "changed", "webhook"),
        ("gate.closed", "unchanged", "webhook"),
    ]
    opened = log[0]
    assert opened["actor"] == "webhook (unverified)"
    assert (opened["via"], opened["source"]) == ("webhook", "127.0.0.1")
    assert opened["user_agent"] == "Go-http-client/1.1"
    # Nobody between Flagger and us is trusted to number requests.
    assert opened["request_id"] == answers[0].headers["x-request-id"] != "abc"
    assert log[2]["decision"] == opened["seq"]


def test_every_new_decision_has_a_first_yes_of_its_own(aviary: Server, entries: Entries) -> None:
    who = somebody()
    for path in ["open", "check", "check", "close", "open", "check"]:
        ask(aviary, f"/rollback/{path}", who)
    log = entries(aviary, who)
    assert [entry["action"] for entry in log].count("answer.rollback") == 2


def test_checks_alone_leave_no_trace_in_the_database(aviary: Server, entries: Entries) -> None:
    who = somebody()
    for _ in range(3):
        assert ask(aviary, "/gate/check", who) == FORBIDDEN
    assert entries(aviary, who) == []


def test_health_readiness_and_metrics_answer_without_signing_in(aviary: Server) -> None:
    assert call(aviary, "/healthz", method="GET")[:2] == OK
    assert call(aviary, "/readyz", method="GET").status in {200, 503}
    ask(aviary, "/gate/check", somebody())
    page = call(aviary, "/metrics", method="GET")
    assert page.headers["content-type"].startswith("text/plain; version=")
    assert b'aviary_webhook_calls_total{address="/gate/check",status="403"}' in page.body


def test_a_task_without_a_load_tester_says_what_to_set(sqlite_aviary: Server) -> None:
    answer = call(sqlite_aviary, "/", somebody(metadata={"cmd": "hey http://podinfo"}))
    assert answer.status == 400
    assert b"AVIARY_LOADTESTER_URL" in answer.body


def test_the_page_stays_at_the_root_for_browsers(sqlite_aviary: Server) -> None:
    answer = call(sqlite_aviary, "/", method="GET")
    assert answer.status == 302
    assert "sign-in" in answer.headers["location"]
