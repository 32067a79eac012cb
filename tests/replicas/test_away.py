"""PostgreSQL stopped, its connections killed, or read-only for a while, below two processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from tests.gates.calls import ACCEPTED, APPROVED, ask, call, somebody
from tests.gates.test_database_away import LIMIT, recovers
from tests.replicas.conftest import Replicas
from tests.replicas.load import Load
from tests.support.people import PASSWORD
from tests.support.postgres import Postgres
from tests.support.server import Server
from tests.support.visitor import Visitor, sign_in
from tests.support.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
UNREACHED, READ_ONLY = "The database cannot be reached.", "The database takes no changes at the moment."


@pytest.fixture(scope="module")
def pair(replicas: Replicas) -> list[Server]:
    servers = replicas(2)
    servers[0].add_people()
    return servers


@pytest.fixture(scope="module")
def visitor(pair: list[Server]) -> Iterator[Visitor]:
    """Signed in with one of them; the other knows the session as well."""
    opened = sign_in(pair[0].url, "alice", PASSWORD)
    yield opened
    opened.close()


@contextmanager
def under_load(servers: list[Server]) -> Iterator[Load]:
    """Calls to both in turn while something happens; what was acknowledged is there afterwards."""
    ports = [server.port for server in servers]
    with Load(lambda: ports[load.made % len(ports)], 40, limit=30) as load:
        until(lambda: load.acknowledged)
        yield load
        seen = load.made
        until(lambda: load.made > seen + 20)
    for number, who in enumerate(load.acknowledged):
        recovers(servers[number % len(servers)], who, APPROVED)


def answered(load: Load) -> None:
    """Nothing but 503 has failed."""
    assert {line.split(": ", 1)[1] for line in load.failed} <= {"503"}


def clean(servers: list[Server]) -> None:
    """Nothing went wrong here, whatever went wrong there."""
    for server in servers:
        assert "Traceback" not in server.output


def test_a_postgres_that_is_stopped_under_load(
    pair: list[Server], visitor: Visitor, postgres: Postgres
) -> None:
    with under_load(pair) as load:
        postgres.stop()
        try:
            for server in pair:
                for path in ("/gate/check", "/rollback/check", "/readyz"):
                    assert call(server, path, somebody(), timeout=LIMIT).status == 503
                assert ask(server, "/healthz")[0] == 200
            page = visitor.get("/")
            assert (page.status_code, UNREACHED in page.text) == (503, True)
            answer = visitor.get("/api/v1/canaries/")
            assert answer.status_code == 503
            assert UNREACHED in answer.json()["error"]["message"]
        finally:
            postgres.start()
        until(lambda: visitor.get("/").status_code == 200)
        until(lambda: all(ask(server, "/readyz")[0] == 200 for server in pair))
    answered(load)
    assert load.failed
    clean(pair)


def test_connections_that_are_killed_again_and_again(
    pair: list[Server], visitor: Visitor, postgres: Postgres
) -> None:
    kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
    name = pair[0].environment["DATABASE_URL"].rsplit("/", 1)[1]
    killed = 0
    with under_load(pair) as load, psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        for _ in range(5):
            killed += (admin.execute(kill, [name]).fetchone() or (0,))[0]
            seen = load.made
            until(lambda: load.made > seen + 10)  # noqa: B023
        until(lambda: visitor.get("/").status_code == 200)
    assert killed >= 5
    answered(load)
    clean(pair)


@contextmanager
def standby(postgres: Postgres) -> Iterator[None]:
    """Read-only, as the server that a failover has not promoted yet."""

    def turn(value: str) -> None:
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
            # The administrator's own connection is read-only as well.
            admin.execute("SET default_transaction_read_only = off")
            admin.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
            admin.execute("SELECT pg_reload_conf()")

    turn("on")
    try:
        yield
    finally:
        turn("off")


def test_a_standby_that_takes_no_changes_for_a_while(
    pair: list[Server], visitor: Visitor, postgres: Postgres
) -> None:
    asked, opened = somebody(), somebody()
    for who in (asked, opened):
        assert ask(pair[0], "/gate/open", who) == ACCEPTED
    assert ask(pair[1], "/gate/check", asked) == APPROVED
    with under_load(pair) as load:
        with standby(postgres):
            until(lambda: ask(pair[0], "/gate/open", somebody())[0] == 503)
            # What needs no entry is answered still; a first yes does.
            for server in pair:
                assert ask(server, "/gate/check", asked) == APPROVED
                assert call(server, "/gate/check", opened, timeout=LIMIT).status == 503
            assert visitor.get("/").status_code == 200
            with httpx.Client(base_url=pair[0].url, trust_env=False, timeout=30) as stranger:
                token = stranger.get("/sign-in").cookies["csrftoken"]
                sent = {"csrfmiddlewaretoken": token, "username": "alice", "password": PASSWORD}
                refused = stranger.post("/sign-in", data=sent, timeout=30)
            assert refused.status_code == 503
        recovers(pair[1], opened, APPROVED)
    answered(load)
    clean(pair)
