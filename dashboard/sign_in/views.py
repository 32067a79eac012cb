"""`/sign-in/oidc`: off to the provider, and back."""

from __future__ import annotations

import logging
import secrets

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from dashboard.sign_in import answers
from dashboard.sign_in.provider import Provider, provider

log = logging.getLogger(__name__)

# Seconds for the way to the provider and back.
WAY = 900


@login_not_required
@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Off to the provider; `next` is where to go afterwards, within this site."""
    _there()
    onward = answers.onward(request, request.GET.get("next", ""))
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward)
    nonce = secrets.token_urlsafe(24)
    # Anybody may begin: what is remembered of them is soon forgotten.
    request.session.set_expiry(WAY)
    try:
        answer: HttpResponse = provider(request).redirect(
            request, "login", next_url=onward, data={"nonce": nonce}, auth_params={"nonce": nonce}
        )
    except (RequestException, OAuth2Error, KeyError, ValueError) as error:
        log.warning("the OpenID provider cannot be asked: %s", type(error).__name__)
        message = _("%(provider)s does not answer. Try again, or sign in with a name and a password.")
        return answers.refusal(request, message % {"provider": settings.OIDC_NAME}, 503)
    return answer


@login_not_required
@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider, with a code that only it and we can make something of."""
    _there()
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(Provider(request))(request)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # What the provider sent has not the form that it must have.
        log.warning("the OpenID provider's answer cannot be read: %s", type(error).__name__)
        return answers.failed(request, "unreadable")
    return answer


def _there() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404
