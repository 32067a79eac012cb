"""Servers that tests of the gates share: one on each database, and their logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import dj_database_url
import pytest
from django.db import connections
from django.db.utils import ConnectionHandler

from gates import audit
from gates.models import AuditEntry
from tests.support.postgres import Postgres
from tests.support.server import Server

# A cluster that nobody answers for: these tests are about gates without facts.
NOWHERE = """\
apiVersion: v1
kind: Config
current-context: nowhere
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
clusters: [{name: nowhere, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: nobody, user: {}}]
"""
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]

Launch = Callable[..., Server]


class Entries(Protocol):
    """A server's log, oldest first, once its chain has been verified: all of it, or one canary's."""

    def __call__(self, server: Server, who: Mapping[str, object] | None = None) -> list[dict[str, Any]]: ...


def launcher(folder: Path) -> Iterator[Launch]:
    """Servers without a cluster; they end with the fixture."""
    (folder / "kubeconfig").write_text(NOWHERE)
    servers: list[Server] = []

    def launch(data: str = "data", **environment: str) -> Server:
        cluster = {"AVIARY_CLUSTER": "kubeconfig", "KUBECONFIG": str(folder / "kubeconfig")}
        servers.append(Server(folder / data, **{**cluster, **environment}))
        return servers[-1].start()

    yield launch
    for server in servers:
        server.kill()
        print(f"--- output of the server at {server.url}\n{server.output}")


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Servers for one test."""
    yield from launcher(tmp_path)


@pytest.fixture(scope="session")
def launch_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Servers for many tests."""
    yield from launcher(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="session", params=DATABASES)
def aviary(request: pytest.FixtureRequest, launch_shared: Launch) -> Server:
    """A running server on each database. Shared: use a canary name of your own."""
    return launch_shared(request.param, **database(request, request.param))


@pytest.fixture(scope="session")
def second_aviary(aviary: Server, launch_shared: Launch) -> Server:
    """Another process on the same database."""
    return launch_shared(aviary.data_dir.name, **{**aviary.environment, "PORT": "0"})


@pytest.fixture(scope="session")
def sqlite_aviary(launch_shared: Launch) -> Server:
    """For what has nothing to do with the database."""
    return launch_shared("sqlite-only")


def database(request: pytest.FixtureRequest, kind: str) -> dict[str, str]:
    """The environment for a new database of this kind."""
    if kind == "sqlite":
        return {}
    server: Postgres = request.getfixturevalue("postgres")
    return {"DATABASE_URL": server.create()}


@pytest.fixture(scope="session")
def entries(django_db_blocker: Any) -> Entries:
    """Reads the logs of servers from this process."""

    def read(server: Server, who: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        address = server.environment.get("DATABASE_URL", f"sqlite:///{server.data_dir}/aviary.sqlite3")
        own = connections["default"]
        connections["default"] = ConnectionHandler({"default": dj_database_url.parse(address)})["default"]
        try:
            with django_db_blocker.unblock():
                log = [dict(entry) for entry in AuditEntry.objects.order_by("seq").values()]
                assert audit.verify() == (len(log), "")
        finally:
            connections["default"].close()
            connections["default"] = own
        return [entry for entry in log if who is None or entry["name"] == who["name"]]

    return read
