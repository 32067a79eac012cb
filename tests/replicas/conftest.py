"""Three processes on one PostgreSQL and one Redis, as the `ha` overlay has it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Protocol

import pytest

from tests.gates.conftest import Launch, launcher
from tests.replicas.calls import at_once
from tests.support.postgres import Postgres
from tests.support.redis import Redis
from tests.support.server import Server


class Replicas(Protocol):
    """`replicas(3, NAME="value")`: so many servers on a new database, started at once."""

    def __call__(self, count: int, **environment: str) -> list[Server]: ...


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Servers for the tests of a module."""
    yield from launcher(tmp_path_factory.mktemp("replicas"))


@pytest.fixture(scope="module")
def replicas(launch: Launch, postgres: Postgres, redis: Redis) -> Replicas:
    """With the session's PostgreSQL and Redis, unless the environment says otherwise."""
    folders = itertools.count()

    def start(count: int, **environment: str) -> list[Server]:
        shared = {
            "DATABASE_URL": postgres.create(),
            "REDIS_URL": redis.url,
            "AVIARY_SECRET_KEY": "the same for all of them, and long enough for anybody to accept it",
            **environment,
        }
        servers: list[Server] = []
        at_once([lambda: servers.append(launch(f"data-{next(folders)}", **shared)) for _ in range(count)])
        return servers

    return start
