"""Signing somebody in whom somebody else vouches for, and ending such a session when its ground is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from dashboard.sign_in import proxy
from gates import callers, outside, sign_ins
from gates.asked_for import Refused
from gates.outside import OIDC, PROXY, Identity
from gates.permissions import read_access

BACKEND = "django.contrib.auth.backends.ModelBackend"
# In the session: how somebody signed in; of a proxy whom it named, and in which groups.
METHOD, NAMED = "aviary_method", "aviary_named"


def enter(request: HttpRequest, identity: Identity) -> Any:
    """Sign them in, with their roles as they are now; raises Refused, and then nobody is signed in."""
    mapped = settings.OIDC_ROLES if identity.method == OIDC else settings.PROXY_ROLES
    try:
        user = outside.enter(identity, mapped, callers.origin(request, "page"))
        if not read_access(user).views_anything:
            raise outside.without_role(identity.name)
    except Refused as refused:
        sign_ins.failed(request, identity.name, why=refused.code)
        raise
    with transaction.atomic():
        auth.login(request, user, backend=BACKEND)
        request.session[METHOD] = identity.method
        request.session[NAMED] = named(identity)
        # Anew in any case: on the way to a provider a session is short.
        request.session.set_expiry(settings.OIDC_HOURS * 3600 if identity.method == OIDC else None)
        known = sorted(set(identity.groups) & mapped.keys())
        sign_ins.succeeded(request, user.get_username(), identity.method, known)
    user.aviary_method = identity.method
    return user


def leave(request: HttpRequest, why: str) -> None:
    """End the session, with an entry that says why."""
    user, method = request.user, request.session.get(METHOD, callers.METHOD)
    with transaction.atomic():
        auth.logout(request)
        if user.is_authenticated:
            sign_ins.ended(request, user.get_username(), method, why)


def stands(session: Mapping[str, Any], scope: Mapping[str, Any]) -> bool:
    """The session's ground is still there: what a proxy opened is good only behind it, for whom it names."""
    if session.get(METHOD) != PROXY:
        return True
    identity = proxy.identity(scope)
    return identity is not None and named(identity) == session.get(NAMED)


def named(identity: Identity) -> list[str]:
    """Whom a proxy named and what that was worth, to tell whether the next request stands on the same."""
    if identity.method != PROXY:
        return []
    held = {pair for group in identity.groups for pair in settings.PROXY_ROLES.get(group, ())}
    return [identity.name, *identity.groups, *sorted(f"{role}:{where}" for role, where in held)]
