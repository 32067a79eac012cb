"""Fixtures for every test, and the tiers: what a machine cannot run is left out, and said so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from django.conf import settings

from tests.support import people as cast
from tests.support.people import People
from tests.support.server import Server

assert settings.SETTINGS_MODULE == "tests.settings", "Tests never run on the data of a real server."

pytest_plugins = [
    "tests.support.tiers",
    "tests.support.kube",
    "tests.support.postgres",
    "tests.support.redis",
    "tests.support.emptied",
    "tests.support.log",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One package after the other, in whatever order otherwise: the servers that it shares end with it."""
    items.sort(key=lambda item: str(item.path.parent))


class Serve(Protocol):
    """`serve(NAME="value", …)`: a running server; `data_dir` to share one between two servers."""

    def __call__(self, data_dir: Path | None = None, **environment: str) -> Server: ...


@pytest.fixture
def serve(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Start servers; they end with the test, and their output is shown when it fails."""
    servers: list[Server] = []

    def start(data_dir: Path | None = None, **environment: str) -> Server:
        server = Server(data_dir or tmp_path / "data", **environment)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.kill()
        # Captured, so it is only seen when the test fails.
        print(f"--- output of the server at {server.url}\n{server.output}")


@pytest.fixture
def server(serve: Serve) -> Server:
    """One running server on its own data, with the demo cluster."""
    return serve()


@pytest.fixture
def people(db: None) -> People:
    """The cast in the test database."""
    return cast.create()
