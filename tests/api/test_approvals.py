"""Typed hooks over REST: approve, withdraw, comment; who said what; what a policy asks; is Flagger asking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from dashboard.canary import parse
from dashboard.store import CANARY, Store
from gates import facts, heartbeat
from gates.approvals import Where
from gates.confirm_rules import Hook
from gates.facts import Facts, HookSpec, Unreadable
from gates.hooks import heartbeat_key
from gates.models import Approval, Episode, RoleGrant
from tests.api.conftest import OTHER, REVISION, Source, manifest
from tests.support.people import People

pytestmark = pytest.mark.django_db
CHECKOUT = "/api/v1/canaries/payments/checkout"
POLICY = {"approvals": "2", "deadline": "4h", "on-deadline": "reject"}
WHERE = Where("default", "payments", "checkout", Hook.START)


class Typed(Source):
    """Both canaries ask every typed hook here."""

    def __init__(self) -> None:
        super().__init__()
        self.policy: dict[str, str] = POLICY

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """Waiting to start."""
        specs = tuple(
            HookSpec(hook, hook, hook, "", self.policy if hook is Hook.START else {})
            for hook in (Hook.START, Hook.TRAFFIC, Hook.PROMOTION, Hook.ROLLBACK)
        )
        return Facts(
            self.revision, ("shop/checkout:2.14.0",), "Waiting", 0, 10, "canary", (), "c0",
            datetime.now(UTC), specs,
        )  # fmt: skip


@pytest.fixture
def shop(store: Store) -> Typed:
    """The facts, which a test may move."""
    source = Typed()
    facts.provide(source)
    raw = manifest("payments", "checkout")
    raw["spec"]["analysis"]["webhooks"] = [
        {"name": "start", "type": "confirm-rollout", "url": "http://aviary/hooks/confirm-rollout",
         "metadata": POLICY},
        {"name": "back", "type": "rollback", "url": "http://aviary/rollback/check"},
        {"name": "events", "type": "event", "url": "http://aviary/hooks/event"},
    ]  # fmt: skip
    store.apply(CANARY, [parse("default", raw)])
    return source


@pytest.fixture
def typed(alice: APIClient, shop: Typed) -> APIClient:
    """Alice's script, on canaries with typed hooks."""
    return alice


def decide(client: APIClient, action: str, **body: object) -> Any:
    return client.post(f"{CHECKOUT}/{action}", body, format="json")


def listed(client: APIClient, query: str = "") -> list[tuple[str, str]]:
    results = client.get(f"/api/v1/approvals/{query}").json()["results"]
    return [(one["person"], one["hook"]) for one in results]


def test_an_approval_says_what_was_written(typed: APIClient) -> None:
    answer = decide(typed, "approve", reason="looks good", revision=REVISION)
    assert answer.status_code == 200
    said = answer.json()["approval"]
    assert (said["person"], said["hook"], said["verdict"], said["revision"]) == (
        "alice", "confirm-rollout", "approve", REVISION,
    )  # fmt: skip
    assert said["decision"] == answer.json()["entry"]
    assert said["decided_at"]
    assert said["answered_at"] is said["ended_at"] is None
    assert answer.json()["gate"] is None
    assert typed.get(f"/api/v1/approvals/{said['decision']}/").json() == said


def test_both_clocks_are_told(typed: APIClient) -> None:
    number = decide(typed, "approve").json()["entry"]
    Approval.objects.update(answered_at=datetime.now(UTC) + timedelta(seconds=5))
    said = typed.get(f"/api/v1/approvals/{number}/").json()
    assert said["answered_at"] > said["decided_at"]


def test_a_hook_a_gate_and_a_reach_may_be_named(typed: APIClient) -> None:
    answer = decide(typed, "approve", hook="confirm-traffic-increase", reach="up-to", weight=30)
    said = answer.json()["approval"]
    assert (said["hook"], said["reach"], said["weight"]) == ("confirm-traffic-increase", "up-to", 30)
    assert decide(typed, "approve", hook="confirm-promotion", gate="nobody").json()["error"]["code"] == (
        "no-such-hook"
    )
    assert decide(typed, "approve", hook="gate").json()["gate"]["open"] is True


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"hook": "confirm-nothing"}, "hook"),
        ({"gate": "a/b"}, "gate"),
        ({"reach": "far"}, "reach"),
        ({"weight": 0}, "weight"),
        ({"weight": 101}, "weight"),
        ({"decision": -1}, "decision"),
        ({"groups": ["sre"]}, "groups"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_by_name(
    typed: APIClient, body: dict[str, object], field: str
) -> None:
    answer = decide(typed, "approve", **body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert not Approval.objects.exists()


def test_a_rejection_is_withdrawn_by_its_number(typed: APIClient) -> None:
    number = decide(typed, "rollback", reason="broken build").json()["entry"]
    assert Approval.objects.get().verdict == "reject"
    answer = decide(typed, "close", decision=number, reason="a false alarm")
    assert answer.json()["approval"]["ended_why"] == "withdrawn"
    again = decide(typed, "close", decision=number)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "nothing-open")


def test_a_comment_decides_nothing(typed: APIClient) -> None:
    answer = decide(typed, "comment", reason="slow in eu-west").json()
    assert (answer["gate"], answer["approval"], answer["outcome"]) == (None, None, "changed")
    assert decide(typed, "comment").status_code == 400


def test_a_decision_on_an_old_page_is_refused(typed: APIClient) -> None:
    answer = decide(typed, "approve", revision=OTHER)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "revision-changed")


def test_the_groups_of_the_person_count(typed: APIClient, shop: Typed, people: People) -> None:
    shop.policy = {"group": "sre"}
    refused = decide(typed, "approve")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "group-required")
    people.alice.groups.add(Group.objects.create(name="sre"))
    assert decide(typed, "approve").status_code == 200
    assert Approval.objects.get().groups == ["approver", "sre"]


def test_the_list_can_be_narrowed(
    typed: APIClient, people: People, as_token: Callable[[Any], APIClient]
) -> None:
    decide(typed, "approve")
    decide(as_token(people.ada), "approve", hook="confirm-promotion")
    Approval.objects.filter(person="alice").update(ended_at=datetime.now(UTC))
    assert listed(typed) == [("ada", "confirm-promotion"), ("alice", "confirm-rollout")]
    assert listed(typed, "?hook=confirm-rollout") == [("alice", "confirm-rollout")]
    assert listed(typed, "?live=true") == listed(typed, "?person=ada") == [("ada", "confirm-promotion")]
    assert listed(typed, "?live=false") == [("alice", "confirm-rollout")]
    assert listed(typed, "?canary=payments/other") == []
    assert len(listed(typed, "?canary=payments/checkout")) == 2
    page = typed.get("/api/v1/approvals/?limit=1").json()
    assert [one["person"] for one in typed.get(page["next"]).json()["results"]] == ["alice"]
    assert typed.get("/api/v1/approvals/?lives=1").status_code == 400


def test_what_may_not_be_seen_is_not_listed(
    typed: APIClient, people: People, as_token: Callable[[Any], APIClient]
) -> None:
    number = decide(typed, "approve").json()["entry"]
    RoleGrant.objects.create(user=people.nora, role="viewer", namespaces="catalog", decision=900)
    nora = as_token(people.nora)
    assert listed(nora) == []
    assert nora.get(f"/api/v1/approvals/{number}/").status_code == 404


def test_the_canary_tells_policy_waiting_and_whether_flagger_asks(typed: APIClient) -> None:
    heartbeat.forget()
    now = datetime.now(UTC)
    heartbeat.record(heartbeat_key(WHERE), now - timedelta(hours=1), False, "waiting for approval 1 of 2")
    decide(typed, "approve")
    Episode.objects.create(
        subject=WHERE.lock.subject, cluster="default", namespace="payments", name="checkout",
        hook=Hook.START, revision=REVISION, began_at=now, deadline_at=now, on_deadline="reject", current="x",
    )  # fmt: skip
    canary = typed.get(f"{CHECKOUT}/").json()
    start, back = canary["hook_states"]
    assert start["policy"] == {
        "approvals": 2, "group": "", "reason_required": False, "deadline": 14400.0,
        "on_deadline": "reject", "on_unapproved": "show", "problem": "", "warnings": [],
    }  # fmt: skip
    assert start["waiting"]["on_deadline"] == "reject"
    assert (start["asked"]["count"], start["asked"]["why"]) == (1, "waiting for approval 1 of 2")
    assert start["asking"]["overdue"] is True
    assert start["asking"]["cause"] == "flagger-silent"
    assert (back["switch"], back["policy"], back["asked"]) == ("rollback", None, None)
    assert (back["asking"]["overdue"], back["asking"]["cause"]) == (False, "not-in-this-phase")
    assert [one["person"] for one in canary["approvals"]] == ["alice"]
    assert canary["unapproved"] is False


def test_deciding_leaves_no_switch_in_the_list_of_gates(typed: APIClient) -> None:
    decide(typed, "approve")
    assert typed.get("/api/v1/gates/").json()["results"] == []
