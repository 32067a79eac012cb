"""The REST API of the rules: for admins, and no address comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboard.models import NotificationRule
from gates.models import AuditEntry
from tests.api.conftest import as_token
from tests.support.people import People
from tests.support.receivers import SECRET
from tests.typed.conftest import Cluster

__all__ = ["as_token"]
pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/api/v1/notification-rules/"
BODY = {"name": "on call", "url": f"jsons://hooks.example.org/{SECRET}", "namespaces": "pay*"}


@pytest.fixture
def ada(cluster: Cluster, people: People, as_token: Callable[[Any], APIClient]) -> APIClient:
    """An administrator's script."""
    return as_token(people.ada)


def test_a_rule_is_made_listed_and_removed(ada: APIClient) -> None:
    made = ada.post(ADDRESS, BODY, format="json")
    assert made.status_code == 200
    number = made.json()["id"]
    listed = ada.get(ADDRESS)
    assert listed.json()["results"] == [made.json()] == [ada.get(f"{ADDRESS}{number}/").json()]
    assert made.json()["address"] == "jsons://hooks.example.org/…"
    assert "flagger" not in made.json()["events"]
    removed = ada.delete(f"{ADDRESS}{number}/")
    assert removed.json() == made.json()
    assert not NotificationRule.objects.exists()
    for answer in (made, listed, removed):
        assert SECRET not in answer.content.decode()
    assert AuditEntry.objects.filter(actor="ada (token)", action__startswith="notification.").count() == 2


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"url": "slack://x"}, "no complete address for Slack"),
        ({"events": ["lunch"]}, "lunch"),
        ({"events": []}, "Choose at least one"),
        ({"reminders": "soon"}, "is no time"),
        ({"colour": "red"}, "Unknown name"),
    ],
)
def test_a_mistake_is_a_clear_400(ada: APIClient, more: dict[str, object], why: str) -> None:
    answer = ada.post(ADDRESS, BODY | more, format="json")
    assert answer.status_code == 400
    assert why in answer.content.decode()
    assert not NotificationRule.objects.exists()


@pytest.mark.parametrize("name", ["alice", "victor", "nora"])
def test_others_neither_read_nor_make_rules(
    ada: APIClient, people: People, as_token: Callable[[Any], APIClient], name: str
) -> None:
    number = ada.post(ADDRESS, BODY, format="json").json()["id"]
    client = as_token(getattr(people, name))
    answers = [
        client.get(ADDRESS),
        client.post(ADDRESS, BODY, format="json"),
        client.get(f"{ADDRESS}{number}/"),
        client.delete(f"{ADDRESS}{number}/"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert NotificationRule.objects.count() == 1


def test_no_rule_is_a_404(ada: APIClient) -> None:
    assert ada.get(f"{ADDRESS}4711/").status_code == 404
    assert ada.delete(f"{ADDRESS}{2**70}/").status_code == 404
