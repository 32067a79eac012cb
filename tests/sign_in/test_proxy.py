"""A proxy that names people: believed from its own address, ignored from all others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
import websockets

from tests.gates.conftest import Entries, Launch
from tests.sign_in.conftest import ROLES, Browser
from tests.support.server import ADMIN_PASSWORD, Server
from tests.support.visitor import sign_in
from tests.support.waiting import until

PROXY = {
    "AVIARY_PROXY_USER_HEADER": "X-Auth-User",
    "AVIARY_PROXY_GROUPS_HEADER": "X-Auth-Groups",
    "AVIARY_PROXY_ROLES": ROLES,
}
Header = tuple[str, str]
ALICE = (("X-Auth-User", "alice"), ("X-Auth-Groups", "sre"))


@pytest.fixture(scope="module")
def behind(launch_here: Launch) -> Server:
    """A server whose proxy is on loopback, as these tests are."""
    return launch_here("behind", AVIARY_TRUSTED_PROXIES="127.0.0.0/8", **PROXY)


@pytest.fixture(scope="module")
def elsewhere(launch_here: Launch) -> Server:
    """A server whose proxy is elsewhere: these tests come past it."""
    return launch_here("elsewhere", AVIARY_TRUSTED_PROXIES="10.9.8.7", **PROXY)


@pytest.fixture
def browser(behind: Server) -> Iterator[Browser]:
    """A browser behind the proxy."""
    with Browser(behind) as found:
        yield found


def get(browser: Browser, headers: Sequence[Header], path: str = "/audit") -> httpx.Response:
    return browser.get(path, headers=list(headers))


def test_whom_the_proxy_names_is_signed_in(browser: Browser, behind: Server, entries: Entries) -> None:
    named = (("X-Auth-User", "first@example.org"), ("X-Auth-Groups", "sre,unknown"))
    page = get(browser, named)
    assert page.status_code == 200
    assert "first@example.org" in page.text
    assert "may look and decide" in page.text
    assert get(browser, named).status_code == 200
    mine = entries(behind, {"name": "first@example.org"})
    assert [entry["action"] for entry in mine].count("signin.succeeded") == 1
    assert mine[-1]["auth"] == "proxy"


def test_without_the_header_the_session_is_over(browser: Browser) -> None:
    assert get(browser, ALICE).status_code == 200
    assert browser.get("/audit").status_code == 302
    assert get(browser, ALICE).status_code == 200


def test_another_name_is_another_person(browser: Browser) -> None:
    assert "alice" in get(browser, ALICE).text
    other = get(browser, (("X-Auth-User", "berta"), ("X-Auth-Groups", "auditors"))).text
    assert "<summary>berta</summary>" in other
    assert "may read the whole log" in other


def test_other_groups_are_other_roles_at_once(browser: Browser) -> None:
    name = ("X-Auth-User", "carla")
    assert get(browser, (name, ("X-Auth-Groups", "platform")), "/admin/").status_code == 200
    assert get(browser, (name, ("X-Auth-Groups", "sre")), "/admin/").status_code != 200
    answer = get(browser, (name, ("X-Auth-Groups", "unknown")))
    assert (answer.status_code, "none of your groups" in answer.text) == (403, True)
    assert get(browser, (name,)).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        (("X-Auth-User", "dora"), ("X-Auth-User", "admin"), ("X-Auth-Groups", "sre")),
        (("X-Auth-User", "dora"), ("X-Auth-Groups", "sre"), ("X-Auth-Groups", "platform")),
        (("X_Auth_User", "dora"), ("X_Auth_Groups", "platform")),
        (("X-Auth_User", "dora"), ("X-Auth-Groups", "platform")),
        (("X-Auth-User", ""), ("X-Auth-Groups", "platform")),
        (("X-Auth-Groups", "platform"),),
        (("X-Forwarded-User", "dora"), ("X-Auth-Groups", "platform")),
        (("Remote-User", "dora"), ("X-Auth-Groups", "platform")),
    ],
)
def test_a_header_that_a_visitor_could_have_written_signs_nobody_in(
    browser: Browser, headers: Sequence[Header]
) -> None:
    assert get(browser, headers).headers["location"].startswith("/sign-in")


def test_a_visitors_underscores_do_not_reach_behind_the_proxys_header(browser: Browser) -> None:
    page = get(browser, (*ALICE, ("X_Auth_User", "admin"), ("X_Auth_Groups", "platform")))
    assert "<summary>alice</summary>" in page.text
    assert "may look and decide" in page.text


@pytest.mark.parametrize("name", ["admin", "ADMIN", "service.deploy", "a b", "x" * 200, "a\tb"])
def test_nobody_becomes_somebody_here_by_name(browser: Browser, name: str) -> None:
    answer = get(browser, (("X-Auth-User", name), ("X-Auth-Groups", "platform")))
    assert answer.status_code in {302, 403}
    assert browser.get("/audit").status_code == 302


def test_from_elsewhere_the_header_is_ignored_and_logged(elsewhere: Server) -> None:
    with Browser(elsewhere) as browser:
        assert get(browser, ALICE).status_code == 302
        forged: list[Header] = [*ALICE, ("X-Forwarded-For", "10.9.8.7"), ("X-Forwarded-Proto", "https")]
        assert get(browser, forged).status_code == 302
        assert get(browser, forged, "/api/v1/canaries/").status_code == 401
    until(lambda: "X-Auth-User is not believed: 127.0.0.1" in elsewhere.output)
    local = sign_in(elsewhere.url, "admin", ADMIN_PASSWORD)
    assert "<summary>admin</summary>" in local.get("/audit", headers=list(ALICE)).text


def test_a_stolen_session_is_worth_nothing_past_the_proxy(behind: Server) -> None:
    with Browser(behind) as browser:
        get(browser, ALICE)
        stolen = {"Cookie": f"sessionid={browser.cookies['sessionid']}"}
        assert (
            httpx.get(f"{behind.url}/audit", headers=stolen, trust_env=False, timeout=30).status_code == 302
        )


async def test_a_live_page_needs_the_header_too(behind: Server) -> None:
    address = behind.url.replace("http", "ws") + "/ws/"
    with Browser(behind) as browser:
        get(browser, ALICE)
        cookie = {"Cookie": f"sessionid={browser.cookies['sessionid']}"}

        async def code(headers: dict[str, str]) -> int | None:
            origin: Any = behind.url
            async with websockets.connect(address, additional_headers=headers, origin=origin) as page:
                try:
                    await page.recv()
                except websockets.ConnectionClosed:
                    return page.close_code
            return 0

        assert await code({**cookie, **dict(ALICE)}) == 0
        assert await code(cookie) == 4401
        assert await code({**cookie, **dict(ALICE), "X-Auth-User": "berta"}) == 4401


def test_a_script_with_a_token_needs_no_session(behind: Server) -> None:
    token = behind.manage("token", "admin").strip()
    headers = [*ALICE, ("Authorization", f"Token {token}")]
    answer = httpx.get(f"{behind.url}/api/v1/gates/", headers=headers, trust_env=False, timeout=30)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
