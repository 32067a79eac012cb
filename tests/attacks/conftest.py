"""One server as it is set up for others, with a few people, and raw connections to it."""

from __future__ import annotations

import pytest

from tests.gates.conftest import Entries, Launch, entries, launch, launch_shared  # noqa: F401
from tests.support.people import PASSWORD
from tests.support.server import Server
from tests.support.visitor import Visitor, sign_in

HOST = "aviary.example.org"


@pytest.fixture(scope="package")
def target(launch_shared: Launch) -> Server:  # noqa: F811
    """It answers pages to its names only, and opens gates for tokens only."""
    server = launch_shared(
        "target",
        AVIARY_WEBHOOK_AUTH="token-writes",
        AVIARY_WEBHOOK_TOKENS="a-webhook-token-of-the-tests",
        AVIARY_ALLOWED_HOSTS=f"127.0.0.1,{HOST}",
        AVIARY_CLUSTER="demo",
        AVIARY_ACCESS_LOG="all",
        AVIARY_LOG_LEVEL="debug",
    )
    server.add_people()
    return server


@pytest.fixture(scope="package")
def alice(target: Server) -> Visitor:
    """Signed in; may decide."""
    return sign_in(target.url, "alice", PASSWORD)


@pytest.fixture(scope="package")
def victor(target: Server) -> Visitor:
    """Signed in; may look."""
    return sign_in(target.url, "victor", PASSWORD)
