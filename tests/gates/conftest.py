"""Servers that tests of the gates share: one on each database, and their logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import dj_database_url
import pytest
from django.db import connections
from django.db.utils import ConnectionHandler

from gates.models import AuditEntry
from tests.support.log import proven
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
        server = Server(folder / data, **{**cluster, **environment})
        servers.append(server)
        return server.start()

    yield launch
    for server in servers:
        server.kill()
        print(f"--- output of the server at {server.url}\n{server.output}")


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Servers for one test."""
    yield from launcher(tmp_path)


@pytest.fixture(scope="module")
def launch_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Servers for the tests of a module."""
    yield from launcher(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="package")
def launch_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Servers for the tests of a package."""
    yield from launcher(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="package")
def running() -> dict[str, Server]:
    """Servers by name: tests turn from one database to the other and back, and find them again."""
    return {}


@pytest.fixture(params=DATABASES)
def aviary(request: pytest.FixtureRequest, launch_shared: Launch, running: dict[str, Server]) -> Server:
    """A running server on each database. Shared: use a canary name of your own."""
    kind = request.param
    if kind not in running:
        running[kind] = launch_shared(kind, **database(request, kind))
    return running[kind]


@pytest.fixture
def second_aviary(aviary: Server, launch_shared: Launch, running: dict[str, Server]) -> Server:
    """Another process on the same database."""
    return beside(aviary, launch_shared, running)


@pytest.fixture(scope="package")
def sqlite_aviary(launch_shared: Launch) -> Server:
    """For what has nothing to do with the database."""
    return launch_shared("sqlite-only")


def beside(first: Server, launch: Launch, running: dict[str, Server]) -> Server:
    """Another process on a server's database."""
    name = first.data_dir.name
    if f"{name}, second" not in running:
        running[f"{name}, second"] = launch(name, **{**first.environment, "PORT": "0"})
    return running[f"{name}, second"]


def database(request: pytest.FixtureRequest, kind: str, *, empty: bool = False) -> dict[str, str]:
    """The environment for a new database of this kind."""
    if kind == "sqlite":
        return {}
    server: Postgres = request.getfixturevalue("postgres")
    return {"DATABASE_URL": server.create(empty=empty)}


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
                assert proven() == (len(log), "")
        finally:
            connections["default"].close()
            connections["default"] = own
        return [entry for entry in log if who is None or entry["name"] == who["name"]]

    return read
