"""What somebody asked for and was refused is an entry with its own code; what was mistyped is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gates import actions, wording
from gates.actions import Refused, Request, Subject
from gates.audit import Actor, Origin
from gates.facts import HookSpec
from gates.models import AuditEntry
from tests.chain.conftest import problem
from tests.decisions.conftest import Cluster, cluster, known  # noqa: F401

pytestmark = pytest.mark.django_db
CHECKOUT = Subject("default", "payments", "checkout")
ALICE = Request(CHECKOUT, Actor("person", "alice", "password"), Origin("page", "10.0.0.9"), reason="why not")
TYPED = HookSpec("confirm-rollout", "start", "confirm-rollout", "", {"approvals": "2", "group": "security"})


def refused(action: str, request: Request) -> AuditEntry | None:
    """The entry of a refusal."""
    with pytest.raises(Refused):
        actions.perform(action, request)
    assert problem() is None
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry is None or entry.action not in wording.sentence(entry, "checkout")
    return entry


@pytest.mark.parametrize(
    ("action", "code"),
    [("approve", "approval.refused"), ("hold", "hold.refused"), ("rollback", "rollback.refused")],
)
def test_a_decision_about_another_revision(cluster: Cluster, action: str, code: str) -> None:  # noqa: F811
    entry = refused(action, replace(ALICE, revision="f" * 64))
    assert entry
    assert (entry.action, entry.outcome, entry.after["code"]) == (code, "refused", "revision-changed")
    assert (entry.actor, entry.auth, entry.source, entry.reason) == (
        "alice",
        "password",
        "10.0.0.9",
        "why not",
    )
    assert (entry.namespace, entry.name, entry.revision) == ("payments", "checkout", "a" * 64)


def test_a_decision_against_the_policy_names_it(cluster: Cluster) -> None:  # noqa: F811
    cluster.now = known(specs=(TYPED,))
    entry = refused("approve", replace(ALICE, hook="confirm-rollout"))
    assert entry
    assert (entry.action, entry.after["code"]) == ("approval.refused", "group-required")
    assert entry.policy == {"approvals": 2, "group": "security"}
    assert entry.kind == "confirm-rollout"


def test_the_policy_in_force_is_in_the_entry_of_a_decision(cluster: Cluster) -> None:  # noqa: F811
    cluster.now = known(specs=(TYPED,), images_from=("shop/checkout:2.13.0",), release="7")
    actions.perform("approve", replace(ALICE, hook="confirm-rollout", groups=frozenset({"security"})))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.policy["approvals"]) == ("approval.granted", 2)
    assert (entry.images_from, entry.release) == (["shop/checkout:2.13.0"], "7")


def test_what_was_mistyped_is_no_entry(cluster: Cluster) -> None:  # noqa: F811
    assert refused("approve", replace(ALICE, reason="x" * 3000)) is None
    assert refused("rollback", replace(ALICE, reason="")) is None
    assert refused("close", ALICE) is None
