"""The answers as ASGI messages, made once: the same bytes go out thousands of times a second."""

from __future__ import annotations

from typing import Any, NamedTuple

PLAIN = b"text/plain; charset=utf-8"


class Reply(NamedTuple):
    """`keep` and `close` start the response on a kept connection and on one that ends with it."""

    status: int
    keep: dict[str, Any]
    close: dict[str, Any]
    body: dict[str, Any]


def reply(status: int, body: bytes = b"", content_type: bytes = PLAIN) -> Reply:
    """A response with its length; without a body there is no content type, as Go sends it."""
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", content_type))
    start = {"type": "http.response.start", "status": status}
    return Reply(
        status,
        {**start, "headers": headers},
        {**start, "headers": [*headers, (b"connection", b"close")]},
        {"type": "http.response.body", "body": body},
    )


def named(start: dict[str, Any], request_id: str) -> dict[str, Any]:
    """The beginning of a response, with the id of its request."""
    return {**start, "headers": [*start["headers"], (b"x-request-id", request_id.encode())]}


def told(yes: bool, why: str) -> Reply:
    """A typed hook's answer; the line says what is missing, and Flagger's log shows it."""
    if yes:
        return OK if why == "OK" else APPROVED
    return reply(403, why.encode())


OK = reply(200, b"OK")
APPROVED = reply(200, b"Approved")
ACCEPTED = reply(202)
MALFORMED = reply(400)
FORBIDDEN = reply(403, b"Forbidden")
NOT_FOUND = reply(404, b"Aviary has no such address.\n")
ELSEWHERE = reply(403, b"Flagger's addresses are on another port of this server: AVIARY_WEBHOOK_PORT.\n")
TOO_SLOW = reply(408, b"The body did not come in time.\n")
TOO_LARGE = reply(413, b"The body is larger than 1 MiB.\n")
# No Retry-After, ever: Flagger's whole control loop would sleep on it.
UNAVAILABLE = reply(503, b"The database cannot answer.\n")
