"""Flagger's addresses: tricks with paths, hosts and bodies. A rollback address never says 2xx by them."""

from __future__ import annotations

import socket
import time
from itertools import product

import pytest

from gates.body import PATIENCE
from tests.gates.calls import FORBIDDEN, ask, call, exchange, somebody
from tests.support.server import Server
from tests.support.visitor import Visitor

CHECK = [
    "/rollback/check",
    "/rollback/check/",
    "//rollback/check",
    "/rollback//check",
    "/./rollback/check",
    "/x/../rollback/check",
    "/rollback/check/.",
    "/rollback/check/..",
    "/rollback/%63heck",
    "/rollback%2fcheck",
    "/rollback%5ccheck",
    "/Rollback/Check",
    "/rollback/check;a=b",
    "/rollback/check%00",
    "/rollback/check%20",
    "/rollback/check%0d%0a",
    "/rollback/chek",
    "/rollback",
    "/rollback/",
    "/rollback/check?token=x",
    "/rollback/check#x",
    "/hooks/rollback",
    "/hooks/rollback/",
    "/hooks/rollback/..%2f..%2fsign-in",
    "/hooks/Rollback",
    "/hooks/rollback%2f",
    "/static/../rollback/check",
    "/static/%2e%2e/rollback/check",
    "/sign-in/../rollback/check",
    "/t/wrong/rollback/check",
    "/t//rollback/check",
    "/t/a/t/b/rollback/check",
    "/t/a%2frollback/check",
    "/clusters/default/rollback/check",
    "/clusters/other/rollback/check",
    "/clusters/default/t/x/rollback/check",
    "/api/v1/../../rollback/check",
    "/ws/../rollback/check",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize(("method", "path"), list(product(METHODS, CHECK)))
def test_no_path_to_a_rollback_says_yes(target: Server, method: str, path: str) -> None:
    answer = call(target, path, somebody(), method=method)
    assert answer.status in {302, 400, 403, 404, 405}
    # Flagger follows redirects: one may lead to nothing that says 2xx to it but a page's own sign-in.
    assert not 300 <= answer.status < 400, answer.headers


@pytest.mark.parametrize(
    "target_line", ["http://evil.example/rollback/check", "rollback/check", "*", "/rollback/check HTTP/0.9"]
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_no_request_line_to_a_rollback_says_yes(target: Server, method: str, target_line: str) -> None:
    answer = exchange(
        target, f"{method} {target_line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    )
    assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3"))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "PUT"},
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Cookie": "sessionid=x"},
        {"X-Original-URL": "/gate/approve"},
        {"X-Rewrite-URL": "/gate/approve"},
        {"Expect": "100-continue"},
        {"Upgrade": "h2c", "Connection": "Upgrade"},
    ],
)
def test_no_header_makes_a_rollback_say_yes(target: Server, headers: dict[str, str]) -> None:
    for path in ("/rollback/check", "/hooks/rollback"):
        assert call(target, path, somebody(), headers=headers).status in {400, 403}


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b"{", b'{"name": 1}', b"\xff", b"[" * 100_000, b'"a"']
)
def test_no_body_makes_a_rollback_say_yes(target: Server, payload: bytes) -> None:
    for path in ("/rollback/check", "/hooks/rollback"):
        assert call(target, path, payload).status in {400, 403}


def test_a_person_who_is_signed_in_opens_nothing_there(target: Server, alice: Visitor) -> None:
    who = somebody()
    for path in ("/gate/open", "/rollback/open"):
        assert alice.post(path, json=who).status_code == 403
    assert ask(target, "/rollback/check", who) == FORBIDDEN


@pytest.mark.parametrize(
    "path",
    ["/gate/check", "/rollback/check", "/hooks/event", "/hooks/rollback", "/sign-in", "/api/v1/roles/"],
)
def test_an_oversized_body_is_refused_before_it_is_sent(target: Server, path: str) -> None:
    for length in (b"1048577", b"99999999999999999999", b"-1", b"1e9"):
        head = (
            b"POST "
            + path.encode()
            + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
            + length
            + b"\r\n\r\n"
        )
        assert exchange(target, head).split()[1] in {b"400", b"413"}


def test_a_body_that_grows_is_cut_off(target: Server) -> None:
    head = b"POST /rollback/check HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = exchange(
        target, head + b"10000\r\n" + b"a" * 65536 + b"\r\n" + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 20
    )
    assert answer.split()[1] == b"413"


def test_who_sends_byte_by_byte_is_not_waited_for_and_holds_up_nobody(target: Server) -> None:
    begun = [
        b"",
        b"POST /rollback/check HTTP/1.1\r\nHo",
        b"POST /rollback/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\n{",
        b"POST /hooks/rollback HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\na",
        b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ]
    lines = [socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE + 20) for _ in range(120)]
    for number, line in enumerate(lines):
        line.sendall(begun[number % len(begun)])
    assert call(target, "/rollback/check", somebody()).status == 403
    assert call(target, "/sign-in", method="GET").status == 200
    drips = time.monotonic() + 4
    while time.monotonic() < drips:
        for number, line in enumerate(lines):
            if number % len(begun) == 1:
                line.sendall(b"s")
        time.sleep(0.5)
    answers = []
    for line in lines:
        received = b""
        while part := line.recv(65536):
            received += part
        answers.append(received.split(b"\r\n")[0])
        line.close()
    for number, answer in enumerate(answers):
        wanted = [b"", b"", b"HTTP/1.1 408", b"HTTP/1.1 408", b"HTTP/1.1 408", b"HTTP/1.1 200"][
            number % len(begun)
        ]
        assert (answer[:12], number % len(begun)) == (wanted, number % len(begun))


def test_a_token_is_in_no_line_of_the_log(target: Server) -> None:
    token = "a-webhook-token-of-the-tests"
    for path in (
        f"/t/{token}/gate/open",
        f"/gate/open?token={token}",
        f"/t/{token}/nothing",
        f"/t/{token}/gate/open/x",
    ):
        call(target, path, somebody())
        call(target, path, b"{")
        call(target, path, b"", headers={"Content-Length": "99999999999"})
    exchange(target, f"POST /t/{token}/gate/open HTTP/1.1\r\nHost: a b\r\nX Y: 1\r\n\r\n".encode())
    assert token not in target.output
    assert token not in call(target, "/metrics", method="GET").body.decode()
