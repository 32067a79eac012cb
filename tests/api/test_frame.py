"""The REST API through the real server: what never reaches Django, and what must."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for this file."""
    folder: Path = tmp_path_factory.mktemp("frame")
    server = Server(folder).start()
    server.add_people()
    yield server
    print(server.output)
    server.kill()


@pytest.fixture(scope="module")
def script(server: Server) -> Iterator[httpx.Client]:
    """Calls with alice's token, made on the command line."""
    token = server.manage("token", "alice", "--days", "1").strip()
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Token {token}"}, timeout=30) as client:
        yield client


def raw(server: Server, request: bytes) -> bytes:
    """What the server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


@pytest.mark.parametrize("charset", ["unicode_escape", "zlib", "utf-16", "idna", "nonsense"])
def test_an_encoding_other_than_utf_8_is_refused(script: httpx.Client, charset: str) -> None:
    answer = script.get(
        "/api/v1/audit/?actor=%5Cud800", headers={"Content-Type": f"text/plain; charset={charset}"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/plain; charset=UTF-8", 'a/b; charset="utf-8"', "\xff;;="]
)
def test_utf_8_and_nonsense_in_the_content_type_pass(script: httpx.Client, kind: str) -> None:
    answer = script.get("/api/v1/audit/", headers={b"Content-Type": kind.encode("latin-1")})
    assert answer.status_code == 200


def test_a_body_without_a_length_is_refused_rather_than_taken_for_none(script: httpx.Client) -> None:
    answer = script.post(
        "/api/v1/canaries/demo/x/approve",
        content=iter([b'{"revision": "', b"a" * 64, b'"}']),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (411, "length-required")


@pytest.mark.parametrize("address", ["/api/v1/canaries/demo/x/approve", "/sign-in"])
def test_a_huge_body_is_refused_before_it_is_sent(server: Server, address: str) -> None:
    head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    assert b" 413 " in raw(server, head.encode()).splitlines()[0]


def test_a_token_with_bytes_that_are_no_text_is_refused(server: Server) -> None:
    head = b"GET /api/v1/gates/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    assert b" 401 " in raw(server, head + b"Authorization: Token \xff\xfe\r\n\r\n").splitlines()[0]


def test_a_query_with_bytes_that_are_no_text_is_refused(server: Server) -> None:
    head = b"GET /api/v1/gates/?name=\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert b" 4" in raw(server, head).splitlines()[0]


def test_a_token_made_on_the_command_line_reads_and_its_row_holds_no_secret(
    server: Server, script: httpx.Client
) -> None:
    assert script.get("/api/v1/gates/").status_code == 200
    secret = script.headers["Authorization"].split()[1]
    files = [path.read_bytes() for path in server.data_dir.iterdir() if path.is_file()]
    assert not any(secret.encode() in content for content in files)
