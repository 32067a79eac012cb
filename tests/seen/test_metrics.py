"""/metrics of real servers: what is counted, what is read, and what is never a label."""

from __future__ import annotations

import tomllib
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from dashboard import VERSION
from gates import addresses, keyring
from tests.conftest import Serve
from tests.gates.calls import ACCEPTED, FORBIDDEN, ask, somebody
from tests.house.sources import ROOT
from tests.seen.conftest import scrape, until
from tests.support.people import PASSWORD
from tests.support.postgres import Postgres
from tests.support.server import Server
from tests.support.visitor import sign_in


def test_calls_are_counted_by_listed_address_and_answer_only(server: Server) -> None:
    who = somebody()
    assert ask(server, "/gate/check", who) == FORBIDDEN
    assert ask(server, "/gate/open", who) == ACCEPTED
    ask(server, f"/gate/{who['name']}", who)
    ask(server, f"/hooks/confirm-rollout/{who['name']}", who)
    after = scrape(server)
    for name, value in (("/gate/check", "403"), ("/gate/open", "202")):
        assert after.value("aviary_webhook_calls_total", address=name, status=value) >= 1
    assert after.value("aviary_webhook_calls_total", address="other", status="404") == 1
    assert after.value("aviary_webhook_seconds_count", address="/gate/open") == 1
    assert after.value("aviary_decisions_total", action="gate.opened", via="webhook") == 1
    assert str(who["name"]) not in after.text
    listed = {address.label for address in (*addresses._LISTED, *addresses._OPERATION)}
    assert after.labels("address") <= listed | {"other"}


def test_open_switches_and_what_waits_come_from_the_database(server: Server) -> None:
    assert until(server, lambda found: found.value("aviary_database_up") == 1)
    for _ in range(2):
        ask(server, "/rollback/open", somebody())
    found = until(server, lambda found: found.value("aviary_gates_open", kind="rollback") == 2)
    assert found.value("aviary_gates_open", cluster="default", kind="gate") == 0
    # The demo's canaries wait at typed hooks.
    found = until(server, lambda found: "aviary_episodes_waiting" in found.names)
    assert found.value("aviary_episodes_oldest_seconds") > 0
    assert found.value("aviary_waiting_canaries", cluster="default") >= 1
    assert found.value("aviary_canaries", cluster="default") >= 5
    assert found.value("aviary_canaries_asking", cluster="default") >= 1
    assert found.value("aviary_watch_live", cluster="default") == 1


def test_open_pages_and_requests_are_counted(server: Server) -> None:
    server.add_people()
    visitor = sign_in(server.url, "alice", PASSWORD)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    assert scrape(server).value("aviary_websocket_clients") == 0
    address = f"ws://127.0.0.1:{server.port}/ws/?list="
    with connect(address, origin=Origin(server.url), additional_headers={"Cookie": cookies}) as page:
        page.recv(10)
        assert scrape(server).value("aviary_websocket_clients") == 1
    until(server, lambda found: found.value("aviary_websocket_clients") == 0)
    found = scrape(server)
    assert found.value("aviary_requests_total", part="pages", status="200") >= 1
    assert found.value("aviary_request_seconds_count", part="pages") >= 1


def test_the_version_that_is_told_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION


def test_a_log_that_nobody_signs_is_told_with_its_age(serve: Serve, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(keyring.made())
    server = serve(AVIARY_AUDIT_KEY_FILE=str(key), AVIARY_AUDIT_CHECKPOINT_MINUTES="30")
    found = until(server, lambda found: "aviary_audit_unsigned_seconds" in found.names)
    assert found.value("aviary_audit_checkpoint_seconds") == 1800


@pytest.mark.postgres
def test_a_database_that_is_away_is_said_without_figures_of_a_better_time(
    serve: Serve, postgres: Postgres
) -> None:
    server = serve(DATABASE_URL=postgres.create())
    until(server, lambda found: found.value("aviary_database_up") == 1)
    postgres.pause()
    try:
        assert ask(server, "/gate/check", somebody())[0] == 503
        found = until(server, lambda found: found.value("aviary_database_up") == 0)
        assert "aviary_gates_open" not in found.names
        assert found.value("aviary_database_errors_total", part="hooks") >= 1
        assert httpx.get(f"{server.url}/healthz", timeout=30).status_code == 200
    finally:
        postgres.resume()
    found = until(server, lambda found: found.value("aviary_database_up") == 1)
    assert "aviary_gates_open" in found.names
