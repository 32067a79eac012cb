"""Who sent this request and from where, in the words of the log."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from gates.audit import Actor, Origin

# How somebody signed in who did so here.
METHOD = "password"


def actor(user: Any, token: object = None) -> Actor:
    """The person by username; with a token it was a script that holds it, and the log says so."""
    name = user.get_username()
    if token is not None:
        return Actor("token", f"{name} (token)", "token")
    return Actor("person", name, method(user))


def method(user: Any) -> str:
    """How this person signed in to the session that their request came with: password, oidc or proxy."""
    return str(getattr(user, "aviary_method", METHOD))


def groups(user: Any) -> frozenset[str]:
    """The names of the person's groups, which policies may ask for."""
    return frozenset(user.groups.values_list("name", flat=True))


def origin(request: HttpRequest, via: str) -> Origin:
    """`via` is page or api; the address is the peer's, as the server saw it."""
    return Origin(
        via=via,
        source=request.META.get("REMOTE_ADDR") or "",
        user_agent=_header(request, "HTTP_USER_AGENT"),
        request_id=_header(request, "HTTP_X_REQUEST_ID"),
    )


def _header(request: HttpRequest, name: str) -> str:
    # Postgres keeps no NUL, and a server other than ours may let one through.
    return str(request.META.get(name, "")).replace("\x00", "")
