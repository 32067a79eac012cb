"""An OpenID provider in a process of its own, servers that know it, and browsers without JavaScript."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.gates.conftest import Entries, Launch, entries, launch, launch_here, launch_shared  # noqa: F401
from tests.support.ports import free_port
from tests.support.server import Server
from tests.support.waiting import until

ROLES = "sre=approver, platform=admin, auditors=auditor, dev=viewer:payments-*, dev=viewer:catalog"
CLIENT = {"AVIARY_OIDC_CLIENT_ID": "aviary", "AVIARY_OIDC_CLIENT_SECRET": "a-client-secret-of-tests"}


class Provider:
    """oidc-provider-mock: whoever is named at its form is signed in, with the claims that were set."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(trust_env=False, timeout=30)

    def person(self, *groups: str, sub: str = "", **claims: Any) -> str:
        """Somebody with these groups; returns the subject, which is the name as well."""
        sub = sub or f"person-{secrets.token_hex(5)}"
        body = {"preferred_username": sub, "groups": list(groups), **claims}
        self.http.put(f"{self.issuer}/users/{sub}", json=body).raise_for_status()
        return sub

    def consent(self, address: str, sub: str, **form: str) -> str:
        """Fill the provider's form at the address; where it sends the browser."""
        answer = self.http.post(address, data={"sub": sub, **form})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


class Browser(httpx.Client):
    """Follows nothing by itself."""

    def __init__(self, server: Server, **more: Any) -> None:
        super().__init__(base_url=server.url, trust_env=False, timeout=30, **more)

    def begin(self, onward: str = "") -> str:
        """Click “Sign in with …”; the provider's address."""
        answer = self.get("/sign-in/oidc", params={"next": onward} if onward else None)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def enter(self, provider: Provider, sub: str, onward: str = "") -> httpx.Response:
        """All the way; the answer to the address that the provider sends back to."""
        return self.get(provider.consent(self.begin(onward), sub))

    def status(self, path: str = "/audit") -> int:
        """Of a page that needs a sign-in."""
        return self.get(path).status_code


@pytest.fixture(scope="package")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The provider."""
    found = Provider(free_port())
    port = str(urlsplit(found.issuer).port)
    path: Path = tmp_path_factory.mktemp("provider") / "output"
    with path.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", port, "--require-nonce"],
            stdout=output,
            stderr=output,
            env={**os.environ, "NO_COLOR": "1"},
        )
    try:
        until(lambda: _answers(found), "the provider", limit=60)
        yield found
    finally:
        process.kill()
        process.wait(20)


def _answers(provider: Provider) -> bool:
    try:
        return provider.http.get(f"{provider.issuer}/.well-known/openid-configuration").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="package")
def known(provider: Provider, launch_shared: Launch) -> Server:  # noqa: F811
    """A server that knows the provider."""
    return launch_shared(
        "oidc",
        AVIARY_OIDC_ISSUER=provider.issuer,
        AVIARY_OIDC_NAME="Example SSO",
        AVIARY_OIDC_ROLES=ROLES,
        **CLIENT,
    )


@pytest.fixture
def browser(known: Server) -> Iterator[Browser]:
    """Somebody's browser."""
    with Browser(known) as found:
        yield found
