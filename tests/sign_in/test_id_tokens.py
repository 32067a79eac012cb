"""An ID token is the provider's word only with its signature, for this client, from this issuer, in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import RequestFactory, override_settings
from jwt.algorithms import RSAAlgorithm
from requests import Response

from dashboard.sign_in import provider as of_provider
from dashboard.sign_in.claims import groups

ISSUER = "https://sso.example.org"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
Decode = Callable[[str], dict[str, Any]]


class App:
    client_id = "aviary"


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": ISSUER, "aud": "aviary", "sub": "1", "iat": now, "exp": now + 60, **more}


def token(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "one", **more: Any) -> str:
    body = {name: value for name, value in claims(**more).items() if value is not None}
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


@pytest.fixture
def decode(monkeypatch: pytest.MonkeyPatch) -> Decode:
    """Decodes with the keys that the provider publishes."""
    published = {**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "one", "use": "sig"}
    spare = {**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "two", "use": "enc"}

    class Session:
        def __enter__(self) -> Session:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def get(self, _address: str) -> Any:
            answer = Response()
            answer.status_code = 200
            answer.json = lambda **_: {"keys": [published, spare]}  # type: ignore[method-assign]
            return answer

    class Adapter:
        def get_requests_session(self) -> Session:
            return Session()

    monkeypatch.setattr(of_provider, "get_adapter", Adapter)
    described = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
    monkeypatch.setitem(of_provider._described, ISSUER, (time.monotonic(), described))

    def decoded(text: str) -> dict[str, Any]:
        with override_settings(OIDC_ISSUER=ISSUER):
            found = of_provider.Provider(RequestFactory().get("/"))
            return found._decode_id_token(App(), text)

    return decoded


@pytest.mark.parametrize("kid", ["one", None])
def test_the_providers_word_is_taken(decode: Decode, kid: str | None) -> None:
    assert decode(token(kid=kid))["sub"] == "1"
    assert decode(token(kid=kid, aud=["aviary", "other"], azp="aviary"))["sub"] == "1"


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda: token(key=OTHER), id="another key"),
        pytest.param(lambda: token(kid="two"), id="a key for something else"),
        pytest.param(lambda: token(kid="three"), id="an unknown key"),
        pytest.param(lambda: token(key="", algorithm="none"), id="no signature"),
        pytest.param(lambda: token(key="x" * 32, algorithm="HS256"), id="a shared secret"),
        pytest.param(lambda: token(iss="https://evil.example"), id="another issuer"),
        pytest.param(lambda: token(iss=f"{ISSUER}/"), id="nearly the issuer"),
        pytest.param(lambda: token(aud="other"), id="for another client"),
        pytest.param(lambda: token(azp="other"), id="given to another client"),
        pytest.param(lambda: token(exp=int(time.time()) - 120), id="ended"),
        pytest.param(lambda: token(exp=None), id="without an end"),
        pytest.param(lambda: token(sub=None), id="about nobody"),
        pytest.param(lambda: token(iat=int(time.time()) + 600), id="from the future"),
        pytest.param(lambda: token()[:-4] + "AAAA", id="changed"),
        pytest.param(lambda: "not.a.token", id="nonsense"),
        pytest.param(lambda: "", id="nothing"),
    ],
)
def test_all_else_is_not(decode: Decode, forged: Callable[[], str]) -> None:
    with pytest.raises(OAuth2Error):
        decode(forged())


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["a", "b", "a"], ("a", "b")),
        ("a", ("a",)),
        (["/a", " b "], ("a", "b")),
        (["", None, 3, ["a"], {"a": 1}, "a\x00"], ()),
        (None, ()),
        ({"a": 1}, ()),
        ([f"g{number}" for number in range(2000)], tuple(f"g{number}" for number in range(500))),
    ],
)
def test_groups_are_names_in_a_list(value: Any, found: tuple[str, ...]) -> None:
    assert groups(value) == found
