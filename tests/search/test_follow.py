"""`/api/v1/audit/?after=…`: a collector that follows the log gets every entry once, in order."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from gates import chain, export
from gates.models import AuditEntry
from tests.api.conftest import alice as _alice
from tests.api.conftest import as_token as _as_token
from tests.api.conftest import source as _source
from tests.api.conftest import store as _store
from tests.chain.conftest import enter

pytestmark = pytest.mark.django_db
alice, as_token, source, store = _alice, _as_token, _source, _store


def read(client: APIClient, address: str) -> tuple[list[int], Any]:
    """The numbers, and `next`."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    return [entry["seq"] for entry in body["results"]], body["next"]


def test_following_ends_nowhere_and_goes_on_where_it_was(alice: APIClient) -> None:
    start = AuditEntry.objects.count()
    enter(7)
    found, address = [], f"/api/v1/audit/?after={start}&limit=3"
    for _page in range(3):
        page, address = read(alice, address)
        found += page
    assert found == list(range(start + 1, start + 8))
    page, same = read(alice, address)
    assert (page, same) == ([], address)
    enter(2)
    page, _address = read(alice, same)
    assert page == [start + 8, start + 9]


def test_filters_go_with_it(alice: APIClient) -> None:
    start = AuditEntry.objects.count()
    enter(3)
    enter(1, namespace="catalog", reason="Rollback, at once")
    page, address = read(alice, "/api/v1/audit/?after=0&namespace=catalog&text=once%20ROLL")
    assert page == [start + 4]
    assert f"after={start + 4}" in address
    assert "namespace=catalog" in address


@pytest.mark.parametrize(
    ("query", "name"), [("after=-1", "after"), ("after=x", "after"), ("after=1&cursor=2", "after")]
)
def test_a_wrong_place_is_refused(alice: APIClient, query: str, name: str) -> None:
    answer = alice.get(f"/api/v1/audit/?{query}")
    assert answer.status_code == 400
    assert name in answer.json()["error"]["fields"]


def test_the_document_names_it(alice: APIClient) -> None:
    operation = alice.get("/api/v1/schema/").json()["paths"]["/api/v1/audit/"]["get"]
    assert {"after", "text", "image", "revision", "release"} <= {
        each["name"] for each in operation["parameters"]
    }


def test_a_line_is_the_entry_as_it_is_exported() -> None:
    enter(1)
    entry = AuditEntry.objects.latest("seq")
    fields = AuditEntry.objects.filter(seq=entry.seq).values(*export.COLUMNS)[0]
    assert chain.line(vars(entry)) == chain.line(fields)
