"""The log of a server as people run it: behind a proxy, signed at intervals, with its settings."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import Serve
from tests.gates.conftest import NOWHERE, Entries, entries  # noqa: F401
from tests.support.people import PASSWORD
from tests.support.server import Server
from tests.support.waiting import eventually


def quiet(serve: Serve, folder: Path, **environment: str) -> Server:
    """A server whose log nobody else writes: no demo."""
    (folder / "kubeconfig").write_text(NOWHERE)
    return serve(None, AVIARY_CLUSTER="kubeconfig", KUBECONFIG=str(folder / "kubeconfig"), **environment)


def try_to_sign_in(server: Server, password: str, **headers: str) -> httpx.Response:
    """Victor's sign-in."""
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as client:
        client.get("/sign-in")
        form = {
            "username": "victor",
            "password": password,
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        return client.post("/sign-in", data=form)


def last(log: list[dict[str, Any]], action: str) -> dict[str, Any]:
    """The newest entry of this kind."""
    return [entry for entry in log if entry["action"] == action][-1]


def test_what_trusted_proxies_say_is_believed_and_nothing_else(
    serve: Serve,
    tmp_path: Path,
    entries: Entries,  # noqa: F811
) -> None:
    server = quiet(serve, tmp_path, AVIARY_TRUSTED_PROXIES="127.0.0.0/8, 10.0.0.0/8")
    server.add_people()
    forwarded = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7, 10.1.2.3", "X-Request-ID": "proxy-7"}
    answer = try_to_sign_in(server, PASSWORD, **forwarded)
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (302, "proxy-7")
    entry = last(entries(server), "signin.succeeded")
    assert (entry["source"], entry["request_id"]) == ("203.0.113.7", "proxy-7")


def test_without_trusted_proxies_the_peer_is_the_source(
    serve: Serve,
    tmp_path: Path,
    entries: Entries,  # noqa: F811
) -> None:
    key, told = tmp_path / "key.pem", tmp_path / "checkpoints.jsonl"
    server = quiet(serve, tmp_path)
    server.add_people()
    answer = try_to_sign_in(server, "wrong", **{"X-Forwarded-For": "6.6.6.6", "X-Request-ID": "a b"})
    assert len(answer.headers["X-Request-ID"]) == 32
    entry = last(entries(server), "signin.failed")
    assert (entry["source"], entry["request_id"]) == ("127.0.0.1", answer.headers["X-Request-ID"])
    assert last(entries(server), "person.created")["name"] == "admin"
    first = last(entries(server), "settings.changed")
    server.terminate()
    server.manage("audit", "key", "--new", str(key))
    server.environment |= {"AVIARY_AUDIT_KEY_FILE": str(key), "AVIARY_AUDIT_CHECKPOINT_TO": str(told)}
    server.start()
    second = last(entries(server), "settings.changed")
    assert second["seq"] > first["seq"]
    assert second["after"]["changed"] == ["AUDIT_CHECKPOINT_TO", "AUDIT_KEY"]
    asyncio.run(eventually(lambda: told.exists() and told.read_text().endswith("\n")))
    server.terminate()
    server.start()
    assert last(entries(server), "settings.changed")["seq"] == second["seq"]
    assert json.loads(told.read_text().splitlines()[0])["aviary"] == "checkpoint"
    assert "The audit log is sound" in server.manage("audit", "verify", "--checkpoints", str(told))
