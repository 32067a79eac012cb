"""Pages and the API: without a sign-in, with the wrong role, from another site, with a forged host."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from tests.attacks.conftest import HOST
from tests.gates.calls import call, exchange
from tests.support.server import Server
from tests.support.visitor import Visitor

PAGES = [
    "/",
    "/audit",
    "/audit/1",
    "/audit/export",
    "/canaries/demo/podinfo",
    "/canaries/demo/podinfo/approve",
    "/decide",
    "/freezes",
    "/freezes/new",
    "/notifications",
    "/releases",
    "/roles",
    "/tokens",
    "/tokens/new/webhook",
    "/admin/",
    "/admin/auth/user/",
]
API = [
    "/api/v1/canaries/",
    "/api/v1/gates/",
    "/api/v1/audit/",
    "/api/v1/roles/",
    "/api/v1/canaries/demo/podinfo/approve/",
]
FORMS = ["/sign-out", "/decide", "/freezes/new", "/roles", "/tokens/new/personal", "/tokens/new/webhook"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_sign_in_there_is_nothing(target: Server, path: str, method: str) -> None:
    answer = call(target, path, method=method, headers={"Content-Type": "application/x-www-form-urlencoded"})
    if (path, method) == ("/", "POST"):
        assert answer.status == 400  # a task for the load tester, of which there is none
        return
    assert answer.status in {302, 403}
    assert answer.headers.get("location", "/sign-in").startswith(("/sign-in", "/admin/login"))
    assert b"podinfo" not in answer.body


@pytest.mark.parametrize("path", API)
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": f"Token {'0' * 64}"}, {"Authorization": "Token x"}]
)
def test_without_a_token_the_api_has_nothing(target: Server, path: str, headers: Mapping[str, str]) -> None:
    for method in ("GET", "POST"):
        answer = call(target, path, method=method, headers=headers)
        assert answer.status in {401, 403, 405}
        assert b"podinfo" not in answer.body


@pytest.mark.parametrize("path", ["/roles", "/tokens/new/webhook", "/tokens/new/service", "/notifications"])
def test_the_wrong_role_is_refused(victor: Visitor, path: str) -> None:
    assert victor.get(path).status_code == 403


def test_the_wrong_role_decides_nothing(target: Server, victor: Visitor) -> None:
    page = victor.get("/audit").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    for path in ("/freezes/new", "/roles", "/tokens/new/webhook", "/canaries/demo/podinfo/approve"):
        form = {"csrfmiddlewaretoken": token[1], "reason": "because"}
        answer = victor.post(path, data=form, headers={"Referer": f"{target.url}/"})
        assert answer.status_code in {403, 404}, path


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/"},
        {},
    ],
)
def test_a_form_of_another_site_does_nothing(alice: Visitor, path: str, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=alice.base_url, cookies=alice.cookies, trust_env=False, timeout=30) as browser:
        answer = browser.post(path, data={"name": "stolen", "namespaces": "*", "days": ""}, headers=headers)
        assert answer.status_code == 403
        assert browser.get("/audit").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1.evil.example", "null", None])
async def test_a_websocket_of_another_site_is_refused(
    target: Server, alice: Visitor, origin: str | None
) -> None:
    address = target.url.replace("http", "ws") + "/ws/"
    cookie = {"Cookie": f"sessionid={alice.cookies['sessionid']}"}
    with pytest.raises(InvalidStatus) as refused:
        await websockets.connect(address, additional_headers=cookie, origin=origin)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"{HOST}.evil.example",
        f"evil.example#{HOST}",
        f"{HOST}@evil.example",
        "",
        "a b",
        "[::1",
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/canaries/", "/static/aviary.css"])
def test_a_forged_host_gets_no_page(target: Server, host: str, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    answer = exchange(target, request)
    head, _blank, body = answer.partition(b"\r\n\r\n")
    if path.startswith("/static/"):
        assert b"evil.example" not in answer
        return
    assert head.split()[1] == b"400"
    assert b"evil" not in body
    assert b"ocation:" not in head


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"])
def test_headers_of_proxies_change_neither_host_nor_path(target: Server, header: str) -> None:
    answer = call(target, "/audit", method="GET", headers={header: "host=evil.example/rollback/check"})
    assert (answer.status, answer.headers["location"]) == (302, "/sign-in?next=/audit")


@pytest.mark.parametrize(
    "path", ["/sign-in?next=%0d%0aX-Evil:1", "/audit?q=%0d%0aSet-Cookie:a=b", "/%0d%0aX-Evil:%201"]
)
def test_line_ends_in_an_address_make_no_headers(target: Server, path: str) -> None:
    answer = call(target, path, method="GET")
    assert answer.status in {200, 302, 400, 404}
    assert "x-evil" not in answer.headers
    assert "a=b" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "line",
    [
        b"X-Auth-User: admin\r\n X-Folded: yes",
        b"Content-Length: 0\r\nContent-Length: 5",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Transfer-Encoding: identity, chunked",
        b"X-Evil\x00: 1",
        b"X Evil: 1",
    ],
)
def test_a_request_that_two_servers_could_read_differently_is_refused(target: Server, line: bytes) -> None:
    head = b"POST /rollback/open HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + line + b"\r\n\r\n"
    smuggled = b"0\r\n\r\nPOST /gate/approve HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = exchange(target, head + smuggled)
    statuses = re.findall(rb"HTTP/1\.1 (\d{3})", answer)
    assert statuses
    assert b"200" not in statuses
    assert b"202" not in statuses


def test_no_page_tells_other_sites_where_people_were(alice: Visitor) -> None:
    for path in ("/", "/audit", "/tokens", "/tokens/new/webhook", "/sign-in", "/admin/", "/nothing"):
        answer = alice.get(path)
        assert answer.headers["referrer-policy"] == "same-origin", path


def test_what_a_token_page_shows_is_kept_nowhere(alice: Visitor) -> None:
    assert "no-store" in alice.get("/tokens/new/personal").headers["cache-control"]


def test_no_address_leads_out_of_the_canaries(alice: Visitor) -> None:
    for path in ("/canaries/kube-system/none", "/canaries/demo/..%2f..%2fadmin", "/canaries/%2e%2e/%2e%2e"):
        assert alice.get(path).status_code in {400, 404}
