"""One id for a request: in the answer, in the entry, in the log; made here, or a trusted proxy's."""

from __future__ import annotations

import httpx
import pytest

from tests.gates.calls import call, somebody
from tests.gates.conftest import Entries, Launch, entries, launch
from tests.support.server import Server

__all__ = ["entries", "launch"]
TIDY = "proxy-4f2a.1:7"


def opened(server: Server, entries: Entries, number: str) -> tuple[str, str]:
    """A gate opened under this number: the answer's, and the entry's."""
    who = somebody()
    answer = call(server, "/gate/open", who, headers={"X-Request-ID": number, "X-Forwarded-For": "10.9.9.9"})
    (entry,) = entries(server, who)
    return answer.headers["x-request-id"], entry["request_id"]


def test_a_strangers_number_is_not_believed(launch: Launch, entries: Entries) -> None:
    server = launch(AVIARY_TRUSTED_PROXIES="10.0.0.0/8")
    told, entered = opened(server, entries, TIDY)
    assert told == entered != TIDY
    assert len(told) == 32
    assert (
        httpx.get(f"{server.url}/sign-in", headers={"X-Request-ID": TIDY}, timeout=30).headers["x-request-id"]
        != TIDY
    )


@pytest.mark.parametrize(
    ("given", "kept"), [(TIDY, True), ("x" * 65, False), ("a b", False), ("a'\"<b>", False)]
)
def test_a_trusted_proxys_number_is_kept_when_it_is_tidy(
    launch: Launch, entries: Entries, given: str, kept: bool
) -> None:
    server = launch(AVIARY_TRUSTED_PROXIES="127.0.0.0/8")
    told, entered = opened(server, entries, given)
    assert told == entered
    assert (told == given) is kept
    page = httpx.get(f"{server.url}/sign-in", headers={"X-Request-ID": given}, timeout=30)
    assert (page.headers["x-request-id"] == given) is kept


def test_two_requests_never_share_one(launch: Launch) -> None:
    server = launch()
    numbers = {call(server, "/gate/open", somebody()).headers["x-request-id"] for _ in range(5)}
    assert len(numbers) == 5


def test_a_check_that_leaves_no_entry_carries_none(launch: Launch) -> None:
    assert "x-request-id" not in call(launch(), "/gate/check", somebody()).headers
