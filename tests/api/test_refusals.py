"""Whatever a client sends, it gets a 4xx in the one shape, never a 5xx and never a page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import DataError, OperationalError
from django.test import RequestFactory
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from rest_framework.exceptions import Throttled
from rest_framework.test import APIClient

from dashboard.errors import api_error, server_error
from dashboard.store import Store
from gates.models import AuditEntry
from tests.support.people import People

pytestmark = pytest.mark.django_db
APPROVE = "/api/v1/canaries/payments/checkout/approve"


def refusal(answer: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """The answer is a refusal in the one shape; returns its error."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/json")
    body = json.loads(answer.content)
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) in ({"code", "message"}, {"code", "message", "fields"})
    assert error["message"]
    if code:
        assert error["code"] == code
    return error


@pytest.mark.parametrize("address", ["canaries/", "gates/", "audit/", "schema/", "nothing", "canaries", ""])
def test_nobody_is_told_anything_without_signing_in(client: Any, store: Store, address: str) -> None:
    answer = client.get(f"/api/v1/{address}")
    refusal(answer, 401, "not-signed-in")
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(
    "header",
    ["Token", "Token a b", "Token wrong", "Token " + "a" * 64, "Token \xff\xfe"],
)
def test_a_wrong_token_is_refused(client: Any, header: str) -> None:
    refusal(client.get("/api/v1/gates/", HTTP_AUTHORIZATION=header), 401, "bad-token")


def test_another_scheme_counts_as_not_signed_in(client: Any) -> None:
    refusal(client.get("/api/v1/gates/", HTTP_AUTHORIZATION="Bearer " + "a" * 64), 401, "not-signed-in")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/api/v1/", "not-found"),
        ("/api/v1/gates", "not-found"),
        ("/api/v1/gates/x/", "not-found"),
        ("/api/v1/gates/99999999999999999999999/", "not-found"),
        ("/api/v1/audit/0/", "not-found"),
        (f"/api/v1/audit/{'9' * 5000}/", "not-found"),
        ("/api/v1/canaries/a/b/c/d/e", "not-found"),
    ],
)
def test_what_is_not_there_is_not_found(alice: APIClient, address: str, code: str) -> None:
    refusal(alice.get(address), 404, code)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("address", ["canaries/", "canaries/payments/checkout/", "gates/", "audit/"])
def test_reading_addresses_take_no_other_method(alice: APIClient, method: str, address: str) -> None:
    refusal(getattr(alice, method)(f"/api/v1/{address}"), 405, "method-not-allowed")


def test_a_decision_is_not_taken_by_get(alice: APIClient) -> None:
    refusal(alice.get(APPROVE), 405, "method-not-allowed")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=x", "limit=", "cursor=0", "cursor=x", "cursor=-1", "cursor=1e3",
        "cursor=99999999999999999999", "decision=0", "decision=99999999999999999999", "since=yesterday",
        "since=2026-13-01T00:00:00Z", "since=0001-01-01T00:00:00%2B14:00", "until=9999-12-31T23:59:59-14:00",
        "outcome=maybe", "canary=checkout", "canary=", "namespce=payments", "action=" + "x" * 65,
    ],
)  # fmt: skip
def test_a_bad_filter_of_the_log_is_named(alice: APIClient, query: str) -> None:
    error = refusal(alice.get(f"/api/v1/audit/?{query}"), 400, "invalid")
    assert list(error["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("address", "name"),
    [("gates/?open=perhaps", "open"), ("gates/?cursor=z", "cursor"), ("canaries/?cursor=z", "cursor"),
     ("canaries/?limit=501", "limit"), ("canaries/?fase=Failed", "fase")],
)  # fmt: skip
def test_a_bad_filter_of_a_list_is_named(alice: APIClient, address: str, name: str) -> None:
    assert list(refusal(alice.get(f"/api/v1/{address}"), 400, "invalid")["fields"]) == [name]


@pytest.mark.parametrize(
    "address",
    ["audit/?actor=a%00b", "gates/?name=%00", "gates/?%00=1", "canaries/a%00b/c/", "canaries/?q=%00", "%00"],
)
def test_a_nul_character_in_an_address_is_refused_on_every_database(alice: APIClient, address: str) -> None:
    refusal(alice.get(f"/api/v1/{address}"), 400, "bad-request")


def test_a_nul_character_smuggled_into_the_session_cookie_is_refused(client: Any) -> None:
    answer = client.get("/api/v1/gates/", HTTP_COOKIE='sessionid="\\000aaaaaaaaaaaaaaaa"')
    refusal(answer, 400, "bad-request")


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"not json", b'{"reason": NaN}', b'{"reason": Infinity}', b"\xff\xfe", b'{"reason": "\xff"}',
        b'{"reason": "\\ud800"}', b'{"reason": "a\\u0000b"}', b'{"a\\u0000": 1}', b"\xef\xbb\xbf{}",
        b"[" * 50_000, b'{"reason":' * 3000, b"{} {}", b'{"x": ' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_a_body_that_is_not_clean_json_is_refused(alice: APIClient, body: bytes) -> None:
    refusal(alice.post(APPROVE, body, content_type="application/json"), 400, "malformed")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "null", "true"])
def test_a_body_that_is_not_an_object_is_refused(alice: APIClient, body: str) -> None:
    refusal(alice.post(APPROVE, body, content_type="application/json"), 400, "invalid")


def test_a_body_of_another_type_is_refused(alice: APIClient) -> None:
    refusal(alice.post(APPROVE, {"reason": "x"}, format=None, content_type="text/plain"), 415)
    answer = alice.post(APPROVE, "reason=x", content_type="application/x-www-form-urlencoded")
    refusal(answer, 415, "unsupported-media-type")


def test_a_huge_body_is_refused(alice: APIClient) -> None:
    body = b'{"reason": "' + b"x" * 70_000 + b'"}'
    refusal(alice.post(APPROVE, body, content_type="application/json"), 413, "too-large")


def test_an_answer_in_another_format_is_refused(alice: APIClient) -> None:
    refusal(alice.get("/api/v1/gates/", HTTP_ACCEPT="application/xml"), 406, "not-acceptable")


def test_too_many_parameters_are_refused(alice: APIClient) -> None:
    refusal(alice.get("/api/v1/gates/?" + "&".join(f"a{n}=1" for n in range(1100))), 400, "bad-request")


def test_a_foreign_host_name_is_refused(alice: APIClient) -> None:
    refusal(alice.get("/api/v1/gates/", HTTP_HOST="evil.example"), 400, "bad-request")


def test_throttling_has_the_shape_too() -> None:
    answer = api_error(Throttled(wait=7), {})
    assert answer is not None
    assert answer.data["error"]["code"] == "too-many-requests"
    assert answer["Retry-After"] == "7"


def test_a_database_that_does_not_answer_is_said_to_be_unavailable() -> None:
    answer = api_error(OperationalError("gone"), {})
    assert answer is not None
    assert (answer.status_code, answer.data["error"]["code"]) == (503, "unavailable")
    assert "gone" not in answer.data["error"]["message"]


@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError("gone"), 503), (DataError("too long"), 400), (KeyError("x"), 500)]
)
def test_what_breaks_before_a_view_has_the_shape_too(error: Exception, status: int) -> None:
    try:
        raise error
    except Exception:
        answer = server_error(RequestFactory().get("/api/v1/gates/"))
    refusal(answer, status)


FUZZ = rules(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
TEXT = st.text(st.characters(exclude_categories=[]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
KNOWN = st.sampled_from(["reason", "revision", "until", "kind"])


@rules(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(
    action=st.sampled_from(["approve", "hold", "rollback", "close"]),
    body=st.dictionaries(KNOWN | TEXT, JSON, max_size=4) | JSON,
)
def test_no_body_whatever_breaks_a_decision(alice: APIClient, action: str, body: Any) -> None:
    address = f"/api/v1/canaries/payments/checkout/{action}"
    answer = alice.post(address, json.dumps(body), content_type="application/json")
    if answer.status_code != 200:
        assert answer.status_code in {400, 409}, (body, answer.content)
        refusal(answer, answer.status_code)


@rules(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(
    address=st.sampled_from(["canaries", "gates", "audit"]),
    query=st.dictionaries(
        st.sampled_from(["canary", "namespace", "name", "kind", "action", "actor", "cursor", "limit", "since",
                         "until", "decision", "open", "q", "phase"]),
        TEXT.filter(lambda text: text.isprintable()) | st.integers().map(str) | st.datetimes().map(str),
        max_size=3,
    ),
)  # fmt: skip
def test_no_query_whatever_breaks_a_list(alice: APIClient, address: str, query: dict[str, str]) -> None:
    answer = alice.get(f"/api/v1/{address}/", query)
    if answer.status_code != 200:
        refusal(answer, 400)


def test_the_shape_holds_for_a_person_without_a_role(store: Store, people: People, as_token: Any) -> None:
    error = refusal(as_token(people.nora).get("/api/v1/gates/"), 403, "forbidden")
    assert "viewer" in error["message"]
