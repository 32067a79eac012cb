"""A page on the internet must not open the gates of whoever reads it."""

from __future__ import annotations

import pytest

from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, ask, call, somebody
from tests.support.server import Server

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
    # A name of the page's own that points at us.
    {"Origin": "http://evil.example:8000", "Host": "evil.example:8000"},
    {"Origin": "http://evil.example", "Host": "evil.example", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("path", ["/gate/open", "/gate/close", "/rollback/open", "/rollback/close", "/"])
def test_a_foreign_page_changes_nothing(sqlite_aviary: Server, path: str, headers: dict[str, str]) -> None:
    who = somebody()
    switch = path.rpartition("/")[0] or "/gate"
    if path.endswith("close"):
        ask(sqlite_aviary, f"{switch}/open", who)
    before = ask(sqlite_aviary, f"{switch}/check", who)
    assert call(sqlite_aviary, path, who, headers=headers)[:2] == FORBIDDEN
    assert ask(sqlite_aviary, f"{switch}/check", who) == before


def test_programs_and_our_own_site_may(sqlite_aviary: Server) -> None:
    own = {"Origin": f"http://127.0.0.1:{sqlite_aviary.port}", "Sec-Fetch-Site": "same-origin"}
    for headers in ({}, own, {"Sec-Fetch-Site": "none"}):
        who = somebody()
        assert call(sqlite_aviary, "/gate/open", who, headers=headers)[:2] == ACCEPTED
        assert (
            call(sqlite_aviary, "/gate/check", who, headers={"Origin": "https://x.example"})[:2] == APPROVED
        )
