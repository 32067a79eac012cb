"""What somebody sees who comes back from the provider."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from dashboard.sign_in import entering
from dashboard.sign_in.claims import identity
from gates import sign_ins
from gates.asked_for import Refused

CANCELLED = "cancelled"


def arrived(request: HttpRequest, found: Any) -> HttpResponse:
    """`found` is allauth's: the claims, and what was remembered when they set out."""
    state = found.state or {}
    claims = found.account.extra_data
    nonce = str((state.get("data") or {}).get("nonce", ""))
    given = str(claims.get("id_token", {}).get("nonce", ""))
    # An answer to somebody else's question: taken from another browser, or used before.
    if not nonce or not hmac.compare_digest(nonce.encode(), given.encode()):
        return failed(request, "nonce")
    try:
        entering.enter(request, identity(claims))
    except Refused as refused:
        return refusal(request, refused.message, 403)
    except DatabaseError:
        return refusal(request, _("The database does not answer, so nobody was signed in. Try again."), 503)
    return HttpResponseRedirect(onward(request, str(state.get("next") or "")))


def failed(request: HttpRequest, why: str) -> HttpResponse:
    """Nobody is signed in. Who it was cannot be known: the entry names nobody."""
    if why == CANCELLED:
        return refusal(request, _("You left the sign-in at the provider. Nothing has happened."), 403)
    sign_ins.failed(request, "", why=f"oidc: {why}"[:100])
    message = _("The sign-in with %(provider)s could not be completed. Begin again on the sign-in page.")
    return refusal(request, message % {"provider": settings.OIDC_NAME}, 403)


def refusal(request: HttpRequest, message: str, status: int) -> HttpResponse:
    """A page that says why, with the way back."""
    context = {"status": status, "message": message, "sign_in": True}
    return render(request, "refusal.html", context, status=status)


def onward(request: HttpRequest, wanted: str) -> str:
    """Where they wanted to go, within this site."""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
