"""Servers that ask for tokens, on each database; the cast's browsers for the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from gates.audit import Actor, Origin
from gates.roles import Admin
from tests.gates.conftest import (
    DATABASES,
    Launch,
    beside,
    database,
    entries,  # noqa: F401
    launch,  # noqa: F401
    launch_shared,  # noqa: F401
    running,  # noqa: F401
)
from tests.people.conftest import browse  # noqa: F401
from tests.support.people import People
from tests.support.server import ADMIN_PASSWORD, Server
from tests.support.visitor import Visitor, sign_in


@pytest.fixture(params=DATABASES)
def strict(
    request: pytest.FixtureRequest,
    launch_shared: Launch,  # noqa: F811
    running: dict[str, Server],  # noqa: F811
) -> Server:
    """Every call needs a token, and none is in the settings."""
    kind = request.param
    if kind not in running:
        running[kind] = launch_shared(kind, AVIARY_WEBHOOK_AUTH="token", **database(request, kind))
    return running[kind]


@pytest.fixture
def second(strict: Server, launch_shared: Launch, running: dict[str, Server]) -> Server:  # noqa: F811
    """Another process on the same database."""
    return beside(strict, launch_shared, running)


@pytest.fixture
def admin(strict: Server) -> Visitor:
    """The first administrator's browser."""
    return sign_in(strict.url, "admin", ADMIN_PASSWORD)


def send(visitor: Visitor, address: str, fields: Mapping[str, str]) -> str:
    """Fill the form at the address and send it; the page that comes of it."""
    page = visitor.get(address).text
    form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert form is not None, page[:500]
    headers = {"Referer": f"{visitor.base_url}{address.lstrip('/')}"}
    answer = visitor.post(address, data={"csrfmiddlewaretoken": form[1], **fields}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def make(visitor: Visitor, namespaces: str = "*", name: str = "flagger", **more: str) -> str:
    """A webhook token, made in the browser."""
    fields = {"name": name, "namespaces": namespaces, "clusters": "*", "days": "30", **more}
    return shown(send(visitor, "/tokens/new/webhook", fields))


def shown(page: str) -> str:
    """The token that a page shows."""
    found = re.search(r'<code id="token" data-token>([^<]+)</code>', page)
    assert found is not None, page
    return found[1]


def number(visitor: Visitor, token: str) -> str:
    """The number of the webhook token that begins as this one."""
    page = visitor.get("/tokens").text
    found = re.search(rf'data-token="(\d+)"><th scope="row">[^<]*<code class="dim">{token[:12]}…', page)
    assert found is not None, page
    return found[1]


@pytest.fixture
def ada(people: People) -> Admin:
    """An admin of everything, at the doors."""
    return Admin(people.ada, Actor("person", "ada", "password"), Origin("page"))
