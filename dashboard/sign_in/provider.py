"""The OpenID provider in the settings: where it is, and whether an ID token is its word.

allauth takes the issuer from the provider's own description and, over TLS, leaves the signature aside. Here
the issuer is the one that the operator named, and the signature is always proven.
"""

from __future__ import annotations

import time
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

ID = "oidc"
# A secret that both sides know signs nothing here.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
# What keys may be for.
USES = (None, "sig")
# Seconds that two clocks may differ.
LEEWAY = 30
# Seconds that the provider's description is kept.
KEPT = 300.0

_described: dict[str, tuple[float, dict[str, Any]]] = {}


class Provider(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """allauth's adapter, stricter."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, ID)

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's description of itself; OAuth2Error when it is another's."""
        kept = _described.get(settings.OIDC_ISSUER)
        if kept is not None and time.monotonic() - kept[0] < KEPT:
            return kept[1]
        described: dict[str, Any] = super().openid_config
        if str(described.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
            raise OAuth2Error("the provider calls itself by another issuer")
        _described[settings.OIDC_ISSUER] = (time.monotonic(), described)
        return described

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """The claims, once they are proven; OAuth2Error otherwise."""
        written = kwargs["response"].get("id_token")
        if not isinstance(written, str):
            raise OAuth2Error("no ID token")
        data = {"id_token": self._decode_id_token(app, written)}
        if "userinfo_endpoint" in self.openid_config:
            data["userinfo"] = self._fetch_user_info(token.token)
            if data["userinfo"].get("sub") != data["id_token"]["sub"]:
                raise OAuth2Error("the user info is about somebody else")
        return self.get_provider().sociallogin_from_response(request, data)

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = jwt.decode(
                id_token,
                self._key(id_token),
                algorithms=ALGORITHMS,
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error("the ID token is not the provider's word") from error
        if found.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("the ID token is for another client")
        return found

    def _key(self, id_token: str) -> Any:
        """The provider's public key that the token names; its only one where it names none."""
        header = jwt.get_unverified_header(id_token)
        with get_adapter().get_requests_session() as session:
            response = session.get(self.openid_config["jwks_uri"])
            response.raise_for_status()
        keys = [key for key in jwt.PyJWKSet.from_dict(response.json()).keys if key.public_key_use in USES]
        named = [key for key in keys if key.key_id == header.get("kid")] if "kid" in header else keys
        if len(named) != 1:
            raise OAuth2Error("the provider has no such key")
        return named[0]

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """The one address that the provider must know."""
        return callback_url(request)


def callback_url(request: HttpRequest) -> str:
    """Where the provider sends people back to."""
    path = reverse("oidc-callback")
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def provider(request: HttpRequest) -> Any:
    """allauth's provider with our adapter."""
    found = get_adapter(request).get_provider(request, provider=ID)
    found.get_oauth2_adapter = Provider
    return found
