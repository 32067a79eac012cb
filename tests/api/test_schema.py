"""The OpenAPI document: valid, complete, and true."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern
from rest_framework.test import APIClient

from dashboard import api_urls
from gates.decisions import Act
from tests.api.test_reading import touch

pytestmark = pytest.mark.django_db


def schema() -> dict[str, Any]:
    """As the command writes it, which fails on any doubt."""
    text = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=text)
    document: dict[str, Any] = json.loads(text.getvalue())
    return document


def test_the_schema_is_valid_and_names_every_address() -> None:
    paths = schema()["paths"]
    views = [
        pattern
        for pattern in api_urls.urlpatterns
        if isinstance(pattern, URLPattern) and pattern.name not in {None, "api-schema", "api-docs"}
    ]
    assert len(paths) == len(views)


def test_every_operation_says_how_it_refuses_and_who_may_call() -> None:
    document = schema()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            refusal = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert refusal == {"$ref": "#/components/schemas/ErrorBody"}, path
            assert {"knoxApiToken": []} in operation["security"]


def test_what_is_served_is_what_the_command_writes(alice: APIClient) -> None:
    answer = alice.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert answer.json()["paths"].keys() == schema()["paths"].keys()


@pytest.mark.parametrize(
    ("address", "body"),
    [("canaries/", "CanaryPage"), ("canaries/payments/checkout/", "CanaryDetail"), ("gates/", "GatePage"),
     ("approvals/", "ApprovalPage"), ("audit/", "EntryPage"), ("audit/1/", "EntryBody")],
)  # fmt: skip
def test_answers_have_exactly_the_fields_of_the_schema(alice: APIClient, address: str, body: str) -> None:
    touch(Act.OPEN)
    parts = schema()["components"]["schemas"]

    def compare(value: Any, described: dict[str, Any]) -> None:
        if value is None:
            assert described["nullable"]
            return
        for option in described.get("allOf", []) + ([described] if "$ref" in described else []):
            compare(value, parts[option["$ref"].rpartition("/")[2]])
        if "properties" in described:
            assert set(value) == set(described["properties"])
            for name, inner in described["properties"].items():
                compare(value[name], inner)
        for each in value if described.get("type") == "array" else []:
            compare(each, described["items"])

    compare(alice.get(f"/api/v1/{address}").json(), parts[body])


def test_the_explorer_has_no_inline_script_or_style(client: Any, people: Any) -> None:
    client.force_login(people.victor, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/api/v1/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<style" not in page
    assert page.count("<script") == page.count("<script src=")
    assert "unsafe" not in answer["Content-Security-Policy"]
