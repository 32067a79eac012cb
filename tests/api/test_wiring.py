"""Wiring warnings in one canary's JSON."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_one_canary_says_how_it_is_wired_and_no_secret(alice: APIClient) -> None:
    answer = alice.get("/api/v1/canaries/payments/checkout/")
    found = answer.json()["wiring"]
    assert [(each["level"], each["code"], each["hook"]) for each in found] == [
        ("warning", "no-rollback", ""),
        ("warning", "gate-not-closed", ""),
        ("info", "freeze-not-enforceable", ""),
        ("info", "timeouts-exceed-interval", ""),
    ]
    assert found[1]["text"].startswith("No hook closes the gate after the run")
    assert found[1]["remedy"] == "Add a post-rollout hook that calls /gate/close."
    assert "  url: http://aviary/t/•••/gate/close" in found[1]["lines"].splitlines()
    assert "s3cret" not in answer.content.decode()
