"""The same refusals where the database is strict: Postgres keeps no NUL and no number beyond 64 bits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.people import PASSWORD
from tests.support.postgres import Postgres
from tests.support.server import Server

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Server]:
    """A server on Postgres, with the cast."""
    folder: Path = tmp_path_factory.mktemp("postgres")
    server = Server(folder, DATABASE_URL=postgres.create()).start()
    server.add_people()
    yield server
    print(server.output)
    server.kill()


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[httpx.Client]:
    """Alice, signed in with name and password."""
    with httpx.Client(base_url=server.url, timeout=30) as client:
        client.get("/sign-in")
        form = {"username": "alice", "password": PASSWORD, "csrfmiddlewaretoken": _csrf(client)}
        assert client.post("/sign-in", data=form).status_code == 302
        yield client


def _csrf(client: httpx.Client) -> str:
    return client.cookies["csrftoken"]


@pytest.mark.parametrize(
    "address",
    [
        "/audit?canary=%00",
        "/audit?person=a%00b",
        "/audit?before=99999999999999999999",
        "/audit?since=0001-01-01",
        "/audit?until=9999-12-31",
        "/audit/99999999999999999999",
        "/audit?canary=%ED%A0%80",
        "/canaries/%00/b",
        "/api/v1/audit/?actor=%00",
        "/api/v1/audit/?since=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z",
        "/api/v1/audit/?cursor=9223372036854775807",
        "/api/v1/audit/?decision=9223372036854775807",
        "/api/v1/gates/?name=%00",
        "/api/v1/gates/99999999999999999999/",
        "/api/v1/gates/?cursor=9223372036854775807",
        "/api/v1/canaries/a/%00/",
        "/api/v1/audit/?actor=" + "x" * 5000,
        "/%00",
    ],
)
def test_no_address_is_too_odd_for_postgres(browser: httpx.Client, address: str) -> None:
    assert browser.get(address).status_code in {200, 400, 404}


def test_no_cookie_is_too_odd_for_postgres(server: Server) -> None:
    answer = httpx.get(f"{server.url}/audit", headers={"Cookie": 'sessionid="\\000aaaaaaaaaaaa"'}, timeout=30)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body", [b'{"reason": "a\\u0000b"}', b'{"reason": "\\ud800"}', b'{"reason": "\xf0\x9f\x90\xa6"}']
)
def test_no_body_is_too_odd_for_postgres(browser: httpx.Client, body: bytes) -> None:
    canary = browser.get("/api/v1/canaries/").json()["results"][0]
    answer = browser.post(
        f"/api/v1/canaries/{canary['namespace']}/{canary['name']}/hold",
        content=body,
        headers={"Content-Type": "application/json", "X-CSRFToken": _csrf(browser)},
    )
    assert answer.status_code == (400 if b"\\u" in body else 200), answer.text


@pytest.mark.parametrize("name", [b"%00", b"%FF%FE", b"x" * 5000, b"%ED%A0%80"])
def test_no_sign_in_name_is_too_odd_for_postgres(server: Server, name: bytes) -> None:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        client.get("/sign-in")
        body = b"username=" + name + b"&password=wrong&csrfmiddlewaretoken=" + _csrf(client).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert client.post("/sign-in", content=body, headers=kind).status_code == 200


def test_five_wrong_passwords_lock_the_name_on_the_real_server(server: Server) -> None:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        client.get("/sign-in")
        statuses = []
        for _attempt in range(6):
            form = {"username": "victor", "password": "wrong", "csrfmiddlewaretoken": _csrf(client)}
            statuses.append(client.post("/sign-in", data=form).status_code)
    assert statuses == [200, 200, 200, 200, 429, 429]
