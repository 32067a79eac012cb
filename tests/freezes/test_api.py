"""Freezes over REST: the same rules, the API's own shape of refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboard.store import Store
from gates import freezing
from gates.models import AuditEntry, Freeze
from tests.freezes.conftest import ADA, freeze, hence
from tests.support.people import People

pytestmark = pytest.mark.django_db

AsToken = Callable[[Any], APIClient]
ROOT = "/api/v1/freezes/"


@pytest.fixture
def ada(people: People, as_token: AsToken) -> APIClient:
    """An administrator's script."""
    return as_token(people.ada)


def body(**more: Any) -> dict[str, Any]:
    wanted = {"namespaces": "payments", "ends_at": hence(hours=1).isoformat(), "reason": "incident 4711"}
    return wanted | more


def test_a_script_freezes_exempts_and_lifts(ada: APIClient, shop: Store) -> None:
    made = ada.post(ROOT, body(in_flight=True), format="json")
    assert made.status_code == 200, made.content
    freeze = made.json()
    assert (freeze["state"], freeze["created_by"], freeze["in_flight"]) == ("current", "ada (token)", True)
    address = f"{ROOT}{freeze['id']}/"
    wanted = {"namespace": "payments", "name": "rising", "reason": "hotfix"}
    exempted = ada.post(f"{address}exemptions/", wanted, format="json").json()
    assert [each["name"] for each in exempted["exemptions"]] == ["rising"]
    assert ada.get(address).json() == exempted
    held = ada.delete(f"{address}exemptions/{exempted['exemptions'][0]['id']}/")
    assert (held.status_code, held.json()["exemptions"]) == (200, [])
    lifted = ada.post(f"{address}lift/", {"reason": "over"}, format="json").json()
    assert (lifted["state"], lifted["lifted_at"] is not None) == ("past", True)
    assert [(entry.action, entry.via) for entry in AuditEntry.objects.order_by("seq")] == [
        ("freeze.created", "api"),
        ("freeze.exempted", "api"),
        ("freeze.exemption.withdrawn", "api"),
        ("freeze.lifted", "api"),
    ]


def test_a_preview_lists_weights_and_changes_nothing(ada: APIClient, shop: Store) -> None:
    told = ada.post(f"{ROOT}preview/", body(), format="json").json()
    assert [(each["name"], each["weight"]) for each in told["in_flight"]] == [("last", 50), ("rising", 25)]
    assert [each["name"] for each in told["starting"]] == ["begins", "first"]
    assert not Freeze.objects.exists()


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"ends_at": "2020-01-01T00:00:00Z"}, 400, "freeze-ends-in-the-past"),
        ({"ends_at": "9999-12-31T23:59:59-23:59"}, 400, "invalid"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, 400, "freeze-too-long"),
        ({"ends_at": "soon"}, 400, "invalid"),
        ({"reason": ""}, 400, "invalid"),
        ({"reason": None}, 400, "invalid"),
        ({"namespaces": ","}, 400, "patterns-empty"),
        ({"namespaces": "[a]"}, 400, "patterns-unreadable"),
        ({"unknown": 1}, 400, "invalid"),
        ({"in_flight": "perhaps"}, 400, "invalid"),
    ],
)
@pytest.mark.parametrize("address", [ROOT, f"{ROOT}preview/"])
def test_refusals_have_a_code_and_change_nothing(
    ada: APIClient, shop: Store, address: str, more: dict[str, Any], status: int, code: str
) -> None:
    answer = ada.post(address, body(**more), format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Freeze.objects.exists()


def test_the_list_is_filtered_and_paged(ada: APIClient, shop: Store) -> None:
    made = [freeze(reason=f"{number}") for number in range(3)]
    freezing.lift(made[0].pk, ADA)
    freeze(reason="later", starts_at=hence(minutes=9))

    def reasons(answer: Any) -> list[str]:
        return [each["reason"] for each in answer.json()["results"]]

    assert reasons(ada.get(ROOT)) == ["later", "2", "1", "0"]
    for state, expected in (("current", ["2", "1"]), ("coming", ["later"]), ("past", ["0"])):
        assert reasons(ada.get(ROOT, {"state": state})) == expected
    first = ada.get(ROOT, {"limit": 3})
    assert reasons(first) == ["later", "2", "1"]
    assert reasons(ada.get(first.json()["next"])) == ["0"]


@pytest.mark.parametrize(
    ("name", "reads", "changes"),
    [("nora", 403, 403), ("victor", 200, 403), ("alice", 200, 403), ("ada", 200, 200)],
)
def test_who_may_do_what(
    people: People,
    as_token: AsToken,
    shop: Store,
    name: str,
    reads: int,
    changes: int,
) -> None:
    made, client = freeze(), as_token(getattr(people, name))
    assert client.get(ROOT).status_code == reads
    assert client.get(f"{ROOT}{made.pk}/").status_code == reads
    assert client.post(f"{ROOT}preview/", body(), format="json").status_code == changes
    assert client.post(ROOT, body(), format="json").status_code == changes
    wanted = {"namespace": "payments", "name": "rising", "reason": "hotfix"}
    assert client.post(f"{ROOT}{made.pk}/exemptions/", wanted, format="json").status_code == changes
    exempted = made.exemptions.first()
    number = exempted.pk if exempted else 1
    assert client.delete(f"{ROOT}{made.pk}/exemptions/{number}/").status_code == changes
    assert client.post(f"{ROOT}{made.pk}/lift/", {}, format="json").status_code == changes


def test_an_admin_of_some_namespaces_sees_and_changes_those(
    somewhere: Any,
    as_token: AsToken,
    shop: Store,
) -> None:
    nora = as_token(somewhere)
    beyond = freeze(namespaces="payments, catalog")
    hidden = freeze(namespaces="catalog")
    listed = nora.get(ROOT).json()["results"]
    assert [(each["id"], each["namespaces"]) for each in listed] == [(beyond.pk, "payments")]
    assert nora.get(f"{ROOT}{hidden.pk}/").status_code == 404
    refused = nora.post(f"{ROOT}{beyond.pk}/lift/", {}, format="json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "role-required")
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.outcome, entry.after["code"]) == (
        "freeze.refused",
        "refused",
        "role-required",
    )
    assert "catalog" not in refused.content.decode()
    assert nora.post(ROOT, body(namespaces="*"), format="json").status_code == 403
    assert nora.post(ROOT, body(), format="json").status_code == 200


@pytest.mark.parametrize("number", [0, 99999999999999999999])
def test_no_number_is_too_odd(ada: APIClient, shop: Store, number: int) -> None:
    assert ada.get(f"{ROOT}{number}/").status_code == 404
    assert ada.post(f"{ROOT}{number}/lift/", {}, format="json").status_code == 404
    assert ada.delete(f"{ROOT}{freeze().pk}/exemptions/{number}/").status_code == 404
