"""AVIARY_WEBHOOK_PORT: Flagger's addresses on a port of their own, and nothing else there."""

from __future__ import annotations

import http.client
import socket

import pytest

from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, OK, Answer, call, somebody
from tests.gates.conftest import Launch
from tests.support.server import Server

FLAGGERS = [
    "/gate/approve",
    "/gate/check",
    "/gate/open",
    "/rollback/check",
    "/rollback/open",
    "/hooks/rollback",
    "/hooks/confirm-promotion",
    "/hooks/event",
    "/clusters/default/rollback/check",
    "/t/any-token/rollback/check",
    "/",
]


class Apart:
    """The same server, reached on Flagger's port."""

    def __init__(self, server: Server) -> None:
        self.port = int(server.environment["AVIARY_WEBHOOK_PORT"])


@pytest.fixture(scope="module")
def pages(launch_here: Launch) -> Server:
    """A server with two ports; its own is the one of the pages."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return launch_here("apart", AVIARY_WEBHOOK_PORT=str(port))


def on_port(server: Server, path: str, body: object = b"", method: str = "POST") -> Answer:
    return call(Apart(server), path, body, method=method)  # type: ignore[arg-type]


def test_flagger_is_answered_on_its_port(pages: Server) -> None:
    who = somebody()
    assert on_port(pages, "/gate/open", who)[:2] == ACCEPTED
    assert on_port(pages, "/gate/check", who)[:2] == APPROVED
    assert on_port(pages, "/clusters/default/gate/check", who)[:2] == APPROVED
    assert on_port(pages, "/rollback/check", who)[:2] == FORBIDDEN
    assert on_port(pages, "/gate/approve")[:2] == OK


@pytest.mark.parametrize("path", FLAGGERS)
def test_the_pages_port_refuses_flaggers_addresses_and_says_where_they_are(pages: Server, path: str) -> None:
    who = somebody()
    on_port(pages, "/rollback/open", who)
    for method in ("POST", "PUT"):
        answer = call(pages, path, who, method=method)
        if path == "/" and method == "PUT":
            assert answer.status in {302, 403, 405}
            continue
        assert answer.status == 403
        assert b"AVIARY_WEBHOOK_PORT" in answer.body


def test_what_was_refused_there_changed_nothing(pages: Server) -> None:
    who = somebody()
    call(pages, "/gate/open", who)
    assert on_port(pages, "/gate/check", who)[:2] == FORBIDDEN


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in",
        "/audit",
        "/api/v1/canaries/",
        "/admin/",
        "/static/aviary.css",
        "/tokens",
        "/t/x/y",
        "//",
    ],
)
def test_flaggers_port_has_no_pages(pages: Server, path: str) -> None:
    answer = on_port(pages, path, method="GET")
    assert (answer.status, answer.body) == (404, b"Aviary has no such address.\n")
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_on_both(pages: Server, path: str) -> None:
    assert on_port(pages, path, method="GET").status == call(pages, path, method="GET").status == 200


def test_flaggers_port_has_no_websocket(pages: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", Apart(pages).port, timeout=10)
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Origin": pages.url,
    }
    connection.request("GET", "/ws/", headers=headers)
    assert connection.getresponse().status == 404
    connection.close()
