"""Each request of somebody who did not sign in here: is what their session stands on still there?"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from dashboard.sign_in import entering, proxy
from dashboard.sign_in.entering import METHOD
from gates.asked_for import Refused
from gates.outside import NO_ROLE, OIDC, PROXY
from gates.permissions import access_of

Respond = Callable[[HttpRequest], HttpResponseBase]


def signed_in(get_response: Respond) -> Respond:
    """Sits behind Django's own authentication, in front of what asks for it."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        try:
            # A session that a proxy opened ends with it, also when no proxy is trusted any more.
            if settings.PROXY_USER_HEADER or request.session.get(METHOD) == PROXY:
                _as_the_proxy_says(request)
            _while_there_is_a_role(request)
        except Refused as refused:
            context = {"status": 403, "message": refused.message}
            return render(request, "refusal.html", context, status=403)
        return get_response(request)

    return respond


def _as_the_proxy_says(request: HttpRequest) -> None:
    """Another name or other groups than before are another sign-in; without the header there is none."""
    scope = getattr(request, "scope", {"headers": ()})
    theirs = request.session.get(METHOD) == PROXY
    if theirs and not entering.stands(request.session, scope):
        entering.leave(request, "proxy")
        theirs = False
    # A script proves itself with each call, and needs no session.
    if (theirs and request.user.is_authenticated) or "HTTP_AUTHORIZATION" in request.META:
        return
    identity = proxy.identity(scope)
    if identity is not None:
        entering.enter(request, identity)


def _while_there_is_a_role(request: HttpRequest) -> None:
    method = request.session.get(METHOD)
    if method not in (OIDC, PROXY) or not request.user.is_authenticated:
        return
    request.user.aviary_method = method  # type: ignore[attr-defined]
    if not access_of(request.user).views_anything:
        entering.leave(request, NO_ROLE)
