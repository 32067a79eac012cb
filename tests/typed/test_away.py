"""Typed hooks on real servers whose database goes away, and comes back; and after a kill."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gates.calls import APPROVED, OK, Answer, call
from tests.support.postgres import Postgres
from tests.support.server import Server

# Seconds, several times what is promised: without the server's own limit a call would never end.
LIMIT = 10.0
CONFIRM = ("confirm-rollout", "confirm-traffic-increase", "confirm-promotion")
NO = (403, b"no rollback is requested")
LOGIN = {"name": "login", "namespace": "accounts", "phase": "Waiting", "checksum": "x"}
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


class Shop:
    """A server whose demo stands still: accounts/login waits for two people before it starts."""

    def __init__(self, folder: Path, **environment: str) -> None:
        # An hour between the demo's steps.
        self.server = Server(folder, AVIARY_DEMO_INTERVAL="3600", **environment).start()
        self.server.add_people()
        self.tokens = {who: self.server.manage("token", who).strip() for who in ("alice", "ada")}

    def asks(self, hook: str) -> Answer:
        """As Flagger does."""
        body = {**LOGIN, "metadata": {"approvals": "2"}} if hook == "confirm-rollout" else LOGIN
        return call(self.server, f"/hooks/{hook}", body, timeout=LIMIT)

    def approves(self, who: str) -> int:
        """Over REST; the status."""
        address = f"{self.server.url}/api/v1/canaries/accounts/login/approve"
        return httpx.post(address, headers=self._token(who), json={}, timeout=20).status_code

    def reads(self, path: str) -> Any:
        """Over REST."""
        answer = httpx.get(f"{self.server.url}/api/v1/{path}", headers=self._token("ada"), timeout=20)
        return answer.raise_for_status().json()

    def _token(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Token {self.tokens[who]}"}

    def eventually(self, hook: str, expected: tuple[int, bytes]) -> None:
        """The answer is this one again; until then it is that the database is away."""
        deadline = time.monotonic() + 30
        while (got := self.asks(hook)[:2]) != expected:
            assert got[0] == 503, got
            assert time.monotonic() < deadline, self.server.output


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Shop, Callable[[], Any]]]:
    """The shop, and a context in which its database takes nothing."""
    environment: dict[str, str] = {}
    if request.param != "sqlite":
        postgres: Postgres = request.getfixturevalue("postgres")
        environment["DATABASE_URL"] = postgres.create()
    shop = Shop(tmp_path / "data", **environment)

    @contextmanager
    def hung() -> Iterator[None]:
        postgres.pause()
        try:
            yield
        finally:
            postgres.resume()

    @contextmanager
    def stopped() -> Iterator[None]:
        postgres.stop()
        try:
            yield
        finally:
            postgres.start()

    @contextmanager
    def locked() -> Iterator[None]:
        other = sqlite3.connect(shop.server.data_dir / "aviary.sqlite3", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
        other.close()

    away = {"sqlite": locked, "hung": hung, "stopped": stopped, "postgres": hung}
    yield shop, away[request.param]
    print(shop.server.output)
    shop.server.kill()


def away(shop: Shop, *hooks: str) -> None:
    """These are 503, without Retry-After; what Flagger only tells is acknowledged."""
    for hook in hooks:
        answer = shop.asks(hook)
        assert answer.status == 503, (hook, answer)
        assert "retry-after" not in answer.headers
    for hook in ("event", "post-rollout"):
        assert shop.asks(hook)[:2] == OK
    assert shop.asks("rollback").status in {403, 503}


HANGING = [pytest.param(kind, marks=pytest.mark.postgres) for kind in ("hung", "stopped")]


@pytest.mark.parametrize("shop", HANGING, indirect=True)
def test_a_postgres_that_is_away_and_back(shop: tuple[Shop, Callable[[], Any]]) -> None:
    seller, gone = shop
    assert seller.asks("confirm-rollout")[:2] == (403, b"waiting for approval 1 of 2")
    assert [seller.approves(who) for who in ("alice", "ada")] == [200, 200]
    with gone():
        away(seller, *CONFIRM, "rollback")
    seller.eventually("confirm-rollout", APPROVED)
    seller.eventually("rollback", (403, b"nothing to roll back in phase Waiting"))
    comes_to_the_log(seller)


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_a_sqlite_that_somebody_holds(shop: tuple[Shop, Callable[[], Any]]) -> None:
    seller, gone = shop
    # Only what must be written is held up: the first yes.
    assert seller.asks("confirm-rollout")[:2] == (403, b"waiting for approval 1 of 2")
    assert [seller.approves(who) for who in ("alice", "ada")] == [200, 200]
    with gone():
        away(seller, "confirm-rollout")
    seller.eventually("confirm-rollout", APPROVED)
    comes_to_the_log(seller)


def comes_to_the_log(shop: Shop) -> None:
    """One first yes, whatever was tried while the database was away."""
    actions = [entry["action"] for entry in shop.reads("audit/?canary=accounts/login")["results"]]
    assert sorted(actions) == ["answer.approved", "approval.granted", "approval.granted"]
    assert actions[0] == "answer.approved"
    said = shop.reads("approvals/?canary=accounts/login")["results"]
    assert all(one["answered_at"] > one["decided_at"] for one in said)


@pytest.mark.parametrize("shop", DATABASES, indirect=True)
def test_an_acknowledged_approval_is_there_after_a_kill(shop: tuple[Shop, Callable[[], Any]]) -> None:
    seller, _gone = shop
    assert [seller.approves(who) for who in ("alice", "ada")] == [200, 200]
    seller.server.kill()
    # The demo's Flagger asks as soon as the server is back, maybe before that has seen the canary, then
    # every few seconds, and is told what people said before.
    seller.server.environment["AVIARY_DEMO_INTERVAL"] = "5"
    seller.server.start()
    deadline = time.monotonic() + 30
    while len(said := seller.reads("audit/?canary=accounts/login")["results"]) < 3:
        assert time.monotonic() < deadline, said
    comes_to_the_log(seller)
    assert len(seller.reads("approvals/?live=true")["results"]) == 2
