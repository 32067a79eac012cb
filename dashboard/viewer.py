"""Who looks at a page, and what they may see and do; for a live page as its session says now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from dashboard.sign_in import entering
from gates import callers
from gates.access_rights import NOBODY, Access
from gates.permissions import access_of, read_access


@dataclass(frozen=True, slots=True)
class Viewer:
    """One person: `name` as decisions have it, `groups` as policies ask for them."""

    access: Access
    name: str = ""
    groups: frozenset[str] = frozenset()


STRANGER = Viewer(NOBODY)


def mark(name: str, access: Access) -> str:
    """Changes when another person looks, or the same one may see or do something else."""
    may = [sorted(each) for each in (access.viewing, access.deciding, access.administering)]
    return hashlib.sha256(repr((name, may, access.auditing)).encode()).hexdigest()[:16]


def of(user: Any) -> Viewer:
    """The person who asks for a page; access is read once a request."""
    return Viewer(access_of(user), user.get_username(), callers.groups(user))


def look(session_key: str | None, scope: Mapping[str, Any]) -> Viewer | None:
    """Read session, person and roles anew; None when nobody is signed in (any more).

    A session that a proxy opened is one only for who comes through it, `scope` says whether.
    """
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = auth.get_user(request)
    if not user.is_authenticated or not entering.stands(request.session, scope):
        return None
    return Viewer(read_access(user), user.get_username(), callers.groups(user))
