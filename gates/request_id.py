"""Every request has an id: a trusted proxy's when it is tidy, else a new one. Answer, entry and log name it.

It is made when somebody first asks for it: most of Flagger's calls leave nothing that would name it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

HEADER = "X-Request-ID"
RAW = HEADER.lower().encode()
TIDY = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# In an ASGI scope: the id, and that the request came from a proxy that the settings trust.
PLACE = "aviary.request_id"
TRUSTED = "aviary.trusted_proxy"

_scope: ContextVar[dict[str, Any] | None] = ContextVar("scope", default=None)


def enter(scope: dict[str, Any]) -> None:
    """What this task does from now on belongs to that request."""
    _scope.set(scope)


def of(scope: dict[str, Any], headers: Mapping[bytes, bytes]) -> str:
    """The request's id; the same however often it is asked for."""
    found: str | None = scope.get(PLACE)
    if found is None:
        given = headers.get(RAW, b"").decode("latin-1") if scope.get(TRUSTED) else ""
        found = scope[PLACE] = given if TIDY.fullmatch(given) else uuid.uuid4().hex
    return found


def current() -> str:
    """That of the request that this task works for, "" for work of our own."""
    scope = _scope.get()
    return "" if scope is None else of(scope, dict(scope["headers"]))
