"""Addresses: what is refused and why, and what is shown of those that are taken."""

from __future__ import annotations

import pytest

from dashboard.notify import targets

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#releases"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "An address is needed"),
        ("releases@example.org", "must begin with a service"),
        ("carrier-pigeon://home", "“carrier-pigeon” is no service"),
        ("slack://T1JJ3T3L2", "no complete address for Slack. Write it as slack://{token_a}/{token_b}/{token_c}"),
        ("https://example.org/hook", "write jsons:// instead of https://"),
        ("json://host/a json://host/b", "holds a blank"),
        ("json://host/\x00", "control character"),
        ("syslog://", "acts on Aviary's own machine"),
        ("dbus://", "acts on Aviary's own machine"),
        ("file:///etc/passwd", "“file” is no service"),
        ("json://" + "a" * 2000, "longer than 2,000"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_with_the_remedy(url: str, why: str) -> None:
    assert why in targets.problem(url)


@pytest.mark.parametrize(
    "url",
    [
        SLACK,
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "jsons://hooks.example.org/x?token=y",
        "mailtos://user:pass@example.org?to=oncall@example.org",
    ],
)
def test_addresses_of_services_are_taken(url: str) -> None:
    assert targets.problem(url) == ""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (SLACK, "slack://…"),
        ("jsons://user:pass@hooks.example.org:8443/secret?token=x", "jsons://hooks.example.org:8443/…"),
        ("mailtos://user:pass@example.org?to=me@example.org", "mailtos://example.org/…"),
        ("https://hooks.slack.com/services/T/B/X", "https://hooks.slack.com/…"),
        ("json://[", "json://…"),
        ("nonsense", "…://…"),
    ],
)
def test_only_the_service_and_its_place_are_shown(url: str, shown: str) -> None:
    assert targets.masked(url) == shown


def test_parts_of_the_address_are_taken_out_of_errors() -> None:
    text = targets._scrubbed("POST to /T1JJ3T3L2/A1BRTD4JD failed at hooks.example.org", SLACK)
    assert text == "POST to /…/… failed at hooks.example.org"
