"""Where allauth asks us: who has come back from the provider, and what to say when it went wrong."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from dashboard.sign_in import answers

log = logging.getLogger(__name__)


class Hooks(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """allauth speaks the protocol; from here on everything is ours, so each path ends here."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """Whom the provider has named: checked, entered and signed in, or refused."""
        raise ImmediateHttpResponse(answers.arrived(request, sociallogin))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """Given up there, a wrong state, a wrong answer."""
        # The provider's answer may hold a code or a token: the log gets the kind of failure only.
        kind = type(exception).__name__ if exception else str(error)
        log.warning("a sign-in with %s failed: %s", provider.name, kind)
        raise ImmediateHttpResponse(answers.failed(request, str(error)))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Accounts are made in `gates/outside.py` alone."""
        return False
