"""Who calls: proven by a token or not, from where, and whether a browser was talked into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http.request import split_domain_port, validate_host

from gates import request_id
from gates.audit import Actor, Origin

Headers = Mapping[bytes, bytes]

UNVERIFIED = Actor("webhook", "webhook (unverified)")
TOKEN = Actor("token", "webhook token", "webhook-token")
FLAGGER = Actor("flagger", "Flagger")


def origin(scope: dict[str, Any], headers: Headers) -> Origin:
    """Where the call came from, for the log."""
    client = scope.get("client")
    # Only here: a call that leaves no entry is not worth what it costs.
    request_id.enter(scope)
    return Origin(
        "webhook",
        client[0] if client else "",
        headers.get(b"user-agent", b"").decode("latin-1"),
        request_id.of(scope, headers),
    )


def closes(headers: Headers) -> bool:
    """Flagger opens a connection for every call and leaves it idle for 90 s: end it with the answer."""
    return headers.get(b"user-agent", b"").startswith(b"Go-http-client")


def foreign(headers: Headers, allowed_hosts: Sequence[str]) -> bool:
    """A browser sends this on behalf of a page that is not ours.

    The write addresses ask nobody's name, so any page on the internet could open the gates of whoever
    reads it, on their laptop or inside their network. Browsers say where a request is from; programs
    such as Flagger and curl send neither header.
    """
    if headers.get(b"sec-fetch-site", b"none") not in {b"none", b"same-origin"}:
        return True
    page = headers.get(b"origin")
    if page is None:
        return False
    host = headers.get(b"host", b"")
    if page.partition(b"://")[2] != host:
        return True
    # A page can make its own name point at us, and then it is "the same origin".
    domain, _port = split_domain_port(host.decode("latin-1"))
    return not domain or not validate_host(domain, allowed_hosts)
