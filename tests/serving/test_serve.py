"""`manage.py serve`: what it prints, what it keeps, how it ends."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import Serve
from tests.support.server import NewServer, Server, ServerError


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Server]:
    """One that was never started."""
    server = NewServer(tmp_path / "new", AVIARY_ADMIN_PASSWORD="")
    yield server
    server.kill()


def test_it_answers_where_it_says_that_it_is_ready(server: Server) -> None:
    answer = httpx.get(f"{server.url}/healthz", timeout=30)
    assert (answer.status_code, answer.text) == (200, "OK")


def test_only_the_log_goes_on_after_the_ready_line(serve: Serve) -> None:
    server = serve(AVIARY_ADMIN_PASSWORD="")
    before, after = server.output.split(f"Aviary is ready at {server.url}\n")
    assert "sign in as admin" in before
    assert "WARNING" not in before
    assert [line for line in after.splitlines() if not re.match(r"\d{4}-\d\d-\d\d ", line)] == []


def test_a_made_up_password_is_printed_on_the_first_start_only(new: Server) -> None:
    server = new.start()
    assert len(re.findall(r"sign in as admin with the password (\S{12,})", server.output)) == 1
    server.terminate()
    server.start()
    assert server.output.count("sign in as admin") == 1


def test_a_password_from_the_environment_is_never_printed(serve: Serve) -> None:
    server = serve(AVIARY_ADMIN_PASSWORD="not for the screen")
    assert "not for the screen" not in server.output
    assert "sign in as admin" not in server.output


def test_it_ends_when_asked(server: Server) -> None:
    assert server.terminate() in {0, -signal.SIGTERM}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/healthz", timeout=30)


def test_it_comes_back_on_the_same_port_after_a_kill(server: Server) -> None:
    before = server.port
    server.kill()
    server.start()
    assert server.port == before
    assert httpx.get(f"{server.url}/healthz", timeout=30).text == "OK"


def test_a_taken_port_is_named(server: Server, serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=rf"cannot listen on 127\.0\.0\.1:{server.port}\. Is PORT taken\?"):
        serve(tmp_path / "other", PORT=str(server.port))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("AVIARY_CLUSTER", "moon"),
        ("AVIARY_NAMESPACE_REGEXP", "("),
        ("AVIARY_LOADTESTER_URL", "loadtester:80"),
        ("AVIARY_LOADTESTER_TIMEOUT", "0"),
        ("AVIARY_WEBHOOK_AUTH", "none"),
        ("DATABASE_URL", "mysql://there/aviary"),
    ],
)
def test_a_bad_value_ends_the_start_and_names_its_variable(serve: Serve, name: str, value: str) -> None:
    with pytest.raises(ServerError, match=name):
        serve(None, **{name: value})
