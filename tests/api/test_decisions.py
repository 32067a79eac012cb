"""Decisions over REST: written with their entry before the answer, or refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboard.store import Store
from gates.models import AuditEntry, Gate
from tests.api.conftest import OTHER, REVISION, Source
from tests.support.log import proven
from tests.support.people import People

pytestmark = pytest.mark.django_db
CHECKOUT = "/api/v1/canaries/payments/checkout"


def decide(client: APIClient, action: str, **body: object) -> Any:
    """POST a decision on payments/checkout."""
    return client.post(f"{CHECKOUT}/{action}", body, format="json")


def test_an_approval_opens_the_gate_for_the_revision_and_is_entered_as_the_token(alice: APIClient) -> None:
    answer = decide(alice, "approve", reason="looks good", revision=REVISION)
    assert answer.status_code == 200
    entry = AuditEntry.objects.get(seq=answer.json()["entry"])
    assert (entry.actor_kind, entry.actor, entry.via) == ("token", "alice (token)", "api")
    assert (entry.action, entry.reason, entry.revision) == ("gate.opened", "looks good", REVISION)
    assert entry.source == "127.0.0.1"
    gate = Gate.objects.get()
    assert (gate.open, gate.bound, gate.revision, gate.decision) == (True, True, REVISION, entry.seq)
    assert answer.json()["gate"]["open"] is True
    assert proven() == (1, "")


def test_a_slash_at_the_end_makes_no_difference(alice: APIClient) -> None:
    assert alice.post(f"{CHECKOUT}/hold/", {"reason": "wait"}, format="json").status_code == 200


def test_an_empty_body_approves_what_is_there(alice: APIClient) -> None:
    assert alice.post(f"{CHECKOUT}/approve").status_code == 200


def test_an_approval_may_last_until_a_time(alice: APIClient) -> None:
    until = timezone.now() + timedelta(hours=3)
    assert decide(alice, "approve", until=until.isoformat()).status_code == 200
    assert Gate.objects.get().until == until


def test_hold_rollback_and_close(alice: APIClient) -> None:
    assert decide(alice, "hold", reason="not today").json()["gate"]["open"] is False
    assert decide(alice, "rollback", reason="errors").json()["gate"]["kind"] == "rollback"
    closed = decide(alice, "close").json()
    assert (closed["gate"]["kind"], closed["gate"]["open"]) == ("rollback", False)


def test_with_both_switches_open_closing_must_say_which(alice: APIClient) -> None:
    decide(alice, "approve")
    decide(alice, "rollback", reason="errors")
    assert decide(alice, "close").json()["error"]["code"] == "kind-required"
    assert decide(alice, "close", kind="gate").json()["gate"]["kind"] == "gate"


def test_a_repeated_approval_is_entered_and_changes_nothing(alice: APIClient) -> None:
    first, second = decide(alice, "approve").json(), decide(alice, "approve").json()
    assert (first["outcome"], second["outcome"]) == ("changed", "unchanged")
    assert second["gate"]["decision"] == first["entry"]


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("approve", {"revision": OTHER}, 409, "revision-changed"),
        ("rollback", {"revision": OTHER, "reason": "errors"}, 409, "revision-changed"),
        ("rollback", {}, 400, "reason-required"),
        ("rollback", {"reason": "   "}, 400, "reason-required"),
        ("close", {}, 409, "nothing-open"),
        ("approve", {"until": "2001-01-01T00:00:00Z"}, 400, "until-out-of-range"),
        ("approve", {"reason": "x" * 2001}, 400, "invalid"),
        ("approve", {"revison": REVISION}, 400, "invalid"),
        ("approve", {"revision": REVISION[:10]}, 400, "invalid"),
        ("approve", {"until": "tomorrow"}, 400, "invalid"),
        ("close", {"kind": "door"}, 400, "invalid"),
    ],
)
def test_a_refused_decision_changes_nothing(
    alice: APIClient, action: str, body: dict[str, str], status: int, code: str
) -> None:
    answer = decide(alice, action, **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Gate.objects.filter(open=True).exists()
    assert not AuditEntry.objects.exclude(outcome="refused").exists()


def test_a_misspelt_field_is_named_with_those_that_exist(alice: APIClient) -> None:
    fields = decide(alice, "approve", revison=REVISION).json()["error"]["fields"]
    assert "revision" in fields["revison"][0]


def test_nothing_is_decided_about_a_canary_that_does_not_exist(alice: APIClient) -> None:
    answer = alice.post("/api/v1/canaries/payments/nothing/approve", {}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no-such-canary")
    assert not AuditEntry.objects.exclude(outcome="refused").exists()


def test_a_rollback_that_flagger_would_not_ask_for_is_refused(alice: APIClient, source: Source) -> None:
    source.phase = "Promoting"
    answer = decide(alice, "rollback", reason="errors")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "nothing-to-roll-back")


def test_a_viewer_reads_and_does_not_decide(victor: APIClient) -> None:
    assert victor.get(f"{CHECKOUT}/").status_code == 200
    answer = decide(victor, "approve")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert "approver" in answer.json()["error"]["message"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.auth) == ("approval.refused", "refused", "token")
    assert (entry.actor, entry.after["code"]) == ("victor (token)", "role-required")


def test_a_session_decides_as_the_person_and_only_with_the_csrf_token(store: Store, people: People) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(people.alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = decide(client, "approve")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert "CSRF" in answer.json()["error"]["message"]
    assert not AuditEntry.objects.exclude(outcome="refused").exists()

    client.get("/api/v1/docs/")
    token = client.cookies["csrftoken"].value
    answer = client.post(f"{CHECKOUT}/approve", {}, format="json", HTTP_X_CSRFTOKEN=token)
    assert answer.status_code == 200
    entry = AuditEntry.objects.get()
    assert (entry.actor_kind, entry.actor, entry.via) == ("person", "alice", "api")
