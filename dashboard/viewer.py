"""Who looks at a live page, and what they may see, as their session says now."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from gates.access_rights import Access
from gates.permissions import read_access


def look(session_key: str | None) -> Access | None:
    """Read session, person and roles anew; None when nobody is signed in (any more)."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = auth.get_user(request)
    return read_access(user) if user.is_authenticated else None
