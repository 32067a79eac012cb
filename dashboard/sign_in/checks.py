"""System checks of how people sign in: what is missing, and what would let in whom it should not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from dashboard.checks import LOCAL_NAMES

# Headers that mean something else already, or that every visitor's browser sends.
NOT_NAMES = {
    "authorization",
    "cookie",
    "host",
    "origin",
    "referer",
    "user-agent",
    "x-request-id",
    "forwarded",
}
HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")


@register
def sign_in(**_: Any) -> list[CheckMessage]:
    """Each names its variable, and what to write."""
    return [*_of_provider(), *_of_proxy()]


def _of_provider() -> Iterator[CheckMessage]:
    given = settings.OIDC_CLIENT_ID or settings.OIDC_CLIENT_SECRET or settings.OIDC_ROLES
    if not settings.OIDC_ISSUER:
        if given:
            hint = "Set AVIARY_OIDC_ISSUER to the provider's address, or unset the others."
            yield Error("AVIARY_OIDC_… is set without AVIARY_OIDC_ISSUER.", hint=hint, id="aviary.E041")
        return
    parts = urlsplit(settings.OIDC_ISSUER)
    if parts.scheme != "https" and parts.hostname not in LOCAL_NAMES:
        hint = "Use https: who signs in, and with which roles, would be anybody's to change on the way."
        yield Error(f"AVIARY_OIDC_ISSUER={settings.OIDC_ISSUER} is not https.", hint=hint, id="aviary.E042")
    for name, value in (
        ("AVIARY_OIDC_CLIENT_ID", settings.OIDC_CLIENT_ID),
        ("AVIARY_OIDC_CLIENT_SECRET", settings.OIDC_CLIENT_SECRET),
        ("AVIARY_OIDC_ROLES", settings.OIDC_ROLES),
    ):
        if not value:
            hint = f"Set {name}; docs/sign-in.md has an example."
            yield Error(f"AVIARY_OIDC_ISSUER is set without {name}.", hint=hint, id="aviary.E043")
    if "openid" not in settings.OIDC_SCOPES:
        hint = "Write the scopes with blanks between them: openid profile email groups."
        yield Error("AVIARY_OIDC_SCOPES does not name openid.", hint=hint, id="aviary.E044")


def _of_proxy() -> Iterator[CheckMessage]:
    user, groups = settings.PROXY_USER_HEADER, settings.PROXY_GROUPS_HEADER
    if not user:
        if groups or settings.PROXY_ROLES:
            hint = "Set AVIARY_PROXY_USER_HEADER to the header with the name, or unset the others."
            yield Error(
                "AVIARY_PROXY_… is set without AVIARY_PROXY_USER_HEADER.", hint=hint, id="aviary.E045"
            )
        return
    if not settings.TRUSTED_PROXIES:
        hint = "Set AVIARY_TRUSTED_PROXIES to the addresses of the proxy: from all others it is ignored."
        yield Error(
            "AVIARY_PROXY_USER_HEADER is set without AVIARY_TRUSTED_PROXIES.", hint=hint, id="aviary.E046"
        )
    if not (groups and settings.PROXY_ROLES):
        hint = "Set AVIARY_PROXY_GROUPS_HEADER and AVIARY_PROXY_ROLES; docs/sign-in.md has an example."
        yield Error("AVIARY_PROXY_USER_HEADER is set, but no groups with roles.", hint=hint, id="aviary.E048")
    for name, header in (("AVIARY_PROXY_USER_HEADER", user), ("AVIARY_PROXY_GROUPS_HEADER", groups)):
        lower = header.lower()
        if header and (
            not HEADER.fullmatch(header) or lower in NOT_NAMES or lower.startswith("x-forwarded-for")
        ):
            hint = "Use a header that the proxy sets itself, such as X-Auth-Request-User or Remote-User."
            yield Error(f"{name}={header} cannot be used.", hint=hint, id="aviary.E049")
