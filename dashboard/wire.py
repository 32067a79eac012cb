"""What an API server's answers mean: events, pages and refusals, out of statuses and bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from dashboard.cluster_errors import (
    ClusterError,
    Conflict,
    Forbidden,
    Garbled,
    Gone,
    Interrupted,
    NoConnection,
    NotFound,
    Rejected,
    Unreachable,
)
from dashboard.resources import Resource

Raw = Mapping[str, Any]

# Bytes. Nothing that etcd holds comes near it.
LONGEST_EVENT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a watch: ADDED, MODIFIED, DELETED or BOOKMARK, with the version to resume from."""

    type: str
    object: Raw
    version: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `version` is that of the whole list, `following` the way to the next part, or ""."""

    items: list[Raw]
    version: str
    following: str


def page(body: Mapping[str, Any], resource: Resource) -> Page:
    """One part of a list; Garbled when it is none."""
    items, meta = body.get("items"), body.get("metadata")
    if not isinstance(items, list) or not isinstance(meta, dict):
        raise Garbled(f"the list of {resource.title} is not a Kubernetes list")
    version, following = str(meta.get("resourceVersion", "")), str(meta.get("continue") or "")
    return Page([item for item in items if isinstance(item, dict)], version, following)


async def events(response: aiohttp.ClientResponse, resource: Resource) -> AsyncIterator[Event]:
    """The lines of an open watch, until the server ends it; Interrupted when it breaks off."""
    rest = b""
    try:
        async for chunk in response.content.iter_any():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    yield event(line, resource)
            if len(rest) > LONGEST_EVENT:
                raise Garbled(f"an event of {resource.title} does not end")
    except aiohttp.SocketTimeoutError:
        raise Interrupted(f"the watch of {resource.title} fell silent") from None
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise Interrupted(f"the watch of {resource.title} broke off") from None


def event(line: bytes, resource: Resource) -> Event:
    """One line of a watch; the server's ERROR events are raised."""
    body = decode(line, resource)
    kind, thing = body.get("type"), body.get("object")
    if not isinstance(kind, str) or not isinstance(thing, dict):
        raise Garbled(f"the watch of {resource.title} sent something that is no event")
    if kind == "ERROR":
        code = thing.get("code")
        raise refusal(code if isinstance(code, int) else 500, resource, "watch")
    meta = thing.get("metadata")
    version = meta.get("resourceVersion") if isinstance(meta, dict) else None
    return Event(kind, thing, version if isinstance(version, str) else "")


def decode(text: bytes, resource: Resource) -> dict[str, Any]:
    """A JSON object; Garbled otherwise."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Garbled(f"the answer about {resource.title} is not JSON") from None
    if not isinstance(body, dict):
        raise Garbled(f"the answer about {resource.title} is not a JSON object")
    return body


def refusal(status: int, resource: Resource, verb: str) -> ClusterError:
    """What a status other than 200 means when `verb` was tried."""
    if status == 401:
        return Forbidden("the API server does not accept the credentials")
    if status == 403:
        return Forbidden(f"the credentials lack the right to {verb} {resource.title}")
    if status == 404:
        return NotFound(
            f"there is no {resource.kind} there" if verb in ("get", "patch") else f"no {resource.title} here"
        )
    if status == 410:
        return Gone(f"the version of {resource.title} has expired")
    if status == 409:
        return Conflict(f"the {resource.kind} was changed meanwhile")
    if 400 <= status < 500 and verb == "patch":
        return Rejected(f"the API server refused the change of {resource.title} ({status})")
    return Unreachable(f"the API server answered {status} for {resource.title}")


def unreachable(error: Exception) -> Unreachable:
    """One line without an address's credentials: the library's texts may hold a whole URL."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return NoConnection("the API server's certificate is not trusted, or it refuses ours")
    if isinstance(error, TimeoutError):
        return Unreachable("the API server did not answer in time")
    if isinstance(error, aiohttp.ClientConnectorError):
        return NoConnection(f"no connection to the API server at {error.host}:{error.port}")
    return Unreachable("the connection to the API server failed")
