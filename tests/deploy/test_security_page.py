"""The table of docs/security.md is what a caller without a token gets, in each mode, address by address."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Serve
from tests.gates.calls import ask
from tests.support.server import Server
from tests.support.tiers import ROOT

TOKEN = "a-token-that-is-long-enough"
MODES = ("open", "token-writes", "token")
CANARY = b'{"name": "podinfo", "namespace": "test", "metadata": {"type": "bash", "cmd": "true"}}'
# A closed gate answers as a refusal does: both are opened first, by somebody with a token.
OPENED = ("/gate/open", "/rollback/open")
REFUSED = (403, b"Forbidden")


def table() -> dict[str, dict[str, str]]:
    """Address → mode → word."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    (head,) = re.findall(r"^\| address \| (.*) \|$", text, re.MULTILINE)
    modes = re.findall(r"`([^`]+)`", head)
    assert tuple(modes) == MODES
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| (\w+) \| (\w+) \|$", text, re.MULTILINE)
    return {address: dict(zip(modes, words, strict=True)) for address, *words in rows}


def got(server: Server, address: str) -> str:
    for path in OPENED:
        assert ask(server, f"/t/{TOKEN}{path}", CANARY)[0] == 202
    answer = ask(server, address.removeprefix("POST "), CANARY)
    return "refused" if answer == REFUSED else "answered"


@pytest.mark.parametrize("mode", MODES)
def test_without_a_token(serve: Serve, mode: str) -> None:
    server = serve(AVIARY_WEBHOOK_AUTH=mode, AVIARY_WEBHOOK_TOKENS=TOKEN)
    wanted = {address: words[mode] for address, words in table().items()}
    assert {address: got(server, address) for address in wanted} == wanted
    assert len(wanted) == 9
