"""AVIARY_WEBHOOK_AUTH: who may call without a token, and where the token may stand."""

from __future__ import annotations

import pytest

from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, OK, ask, call, somebody
from tests.gates.conftest import Entries, Launch
from tests.support.server import Server

TOKEN, SECOND = "first-token-of-20-letters", "second.token~of_20.letters"
PATHS = [f"/t/{TOKEN}{{}}", f"{{}}?token={TOKEN}", f"/t/{SECOND}{{}}", f"{{}}?a=b&token={SECOND}"]
WRONG = [
    "{}",
    f"/t/{TOKEN[:-1]}{{}}",
    f"/t/{TOKEN.upper()}{{}}",
    f"/t/%66{TOKEN[1:]}{{}}",
    "{}?token=",
    f"{{}}?token={TOKEN}x",
    f"{{}}?Token={TOKEN}",
]
GATES = ["/gate/check", "/gate/open", "/gate/close", "/gate/approve", "/gate/halt", "/rollback/check", "/"]


@pytest.fixture(scope="module")
def strict(launch_here: Launch) -> Server:
    return launch_here("token", AVIARY_WEBHOOK_AUTH="token", AVIARY_WEBHOOK_TOKENS=f"{TOKEN},{SECOND}")


@pytest.fixture(scope="module")
def writes(launch_here: Launch) -> Server:
    return launch_here(
        "token-writes", AVIARY_WEBHOOK_AUTH="token-writes", AVIARY_WEBHOOK_TOKENS=f"{TOKEN},{SECOND}"
    )


@pytest.mark.parametrize("switch", ["/gate", "/rollback"])
@pytest.mark.parametrize("form", PATHS)
def test_a_token_opens_every_address(strict: Server, form: str, switch: str) -> None:
    who = somebody()
    assert ask(strict, form.format(f"{switch}/check"), who) == FORBIDDEN
    assert ask(strict, form.format(f"{switch}/open"), who) == ACCEPTED
    assert ask(strict, form.format(f"{switch}/check"), who) == APPROVED
    assert ask(strict, form.format(f"{switch}/close"), who) == ACCEPTED
    assert ask(strict, form.format("/gate/approve")) == OK
    assert ask(strict, form.format("/"))[0] == 400


@pytest.mark.parametrize("form", WRONG)
def test_without_the_token_everything_is_forbidden(strict: Server, form: str) -> None:
    who = somebody()
    assert ask(strict, f"/t/{TOKEN}/gate/open", who) == ACCEPTED
    assert ask(strict, f"/t/{TOKEN}/rollback/open", who) == ACCEPTED
    for path in GATES:
        assert ask(strict, form.format(path), who) == FORBIDDEN
    assert ask(strict, f"/t/{TOKEN}/gate/check", who) == APPROVED


def test_the_token_comes_before_the_cluster(strict: Server) -> None:
    assert ask(strict, f"/t/{TOKEN}/clusters/default/gate/approve") == OK
    assert ask(strict, f"/clusters/default/gate/approve?token={TOKEN}") == OK
    assert ask(strict, f"/clusters/default/t/{TOKEN}/gate/approve")[0] == 404


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_probes_need_no_token(strict: Server, path: str) -> None:
    assert call(strict, path, method="GET").status == 200


@pytest.mark.parametrize("form", WRONG)
def test_token_writes_protects_opening_only(writes: Server, form: str) -> None:
    who = somebody()
    for switch in ("/gate", "/rollback"):
        assert ask(writes, form.format(f"{switch}/open"), who) == FORBIDDEN
        assert ask(writes, form.format(f"{switch}/check"), who) == FORBIDDEN
        assert ask(writes, f"/t/{TOKEN}{switch}/open", who) == ACCEPTED
        assert ask(writes, form.format(f"{switch}/check"), who) == APPROVED
        assert ask(writes, form.format(f"{switch}/close"), who) == ACCEPTED
        assert ask(writes, form.format(f"{switch}/check"), who) == FORBIDDEN
    assert ask(writes, form.format("/gate/approve")) == OK
    assert ask(writes, form.format("/"))[0] == 400


def test_the_log_tells_a_proven_caller_from_an_unverified_one(writes: Server, entries: Entries) -> None:
    who = somebody()
    ask(writes, f"/gate/open?token={TOKEN}", who)
    ask(writes, "/gate/close?token=wrong", who)
    log = entries(writes, who)
    assert [(entry["actor_kind"], entry["actor"]) for entry in log] == [
        ("token", "webhook token"),
        ("webhook", "webhook (unverified)"),
    ]
