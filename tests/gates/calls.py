"""Calls as Flagger and its users make them: the path as it is written, the body as it is given."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
from collections.abc import Mapping
from typing import NamedTuple

from tests.support.server import Server

# What Go's client sends of its own.
FLAGGER = {"User-Agent": "Go-http-client/1.1", "Content-Type": "application/json", "Accept-Encoding": "gzip"}


Payload = bytes | Mapping[str, object]


class Answer(NamedTuple):
    """Header names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


APPROVED, FORBIDDEN, OK = (200, b"Approved"), (403, b"Forbidden"), (200, b"OK")
ACCEPTED, MALFORMED = (202, b""), (400, b"")


def call(
    server: Server,
    path: str,
    body: Payload = b"",
    *,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> Answer:
    """One call on a connection of its own; no redirect is followed, no path is tidied up."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
    try:
        connection.request(method, path, raw, dict(headers or {}))
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, response.read(), found)
    finally:
        connection.close()


def ask(server: Server, path: str, body: Payload = b"") -> tuple[int, bytes]:
    """Status and body of a POST."""
    answer = call(server, path, body)
    return answer.status, answer.body


def exchange(server: Server, request: bytes, *, limit: float = 30) -> bytes:
    """Send these bytes, read until the server closes the connection; what came before a reset counts."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=limit) as line:
        try:
            line.sendall(request)
            while part := line.recv(65536):
                received += part
        except (ConnectionResetError, BrokenPipeError):
            pass
    return received


def somebody(**more: object) -> dict[str, object]:
    """A payload that names a canary of its own."""
    return {"name": f"canary-{secrets.token_hex(6)}", "namespace": "test", **more}
