"""Who looks at a live page, as their session says now."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from gates.permissions import may_decide, may_view


@dataclass(frozen=True, slots=True)
class Viewer:
    """Signed in, with or without a role."""

    may_view: bool
    may_decide: bool


def look(session_key: str | None) -> Viewer | None:
    """Read session, person and role anew; None when nobody is signed in (any more)."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = auth.get_user(request)
    if not user.is_authenticated:
        return None
    return Viewer(may_view(user), may_decide(user))
