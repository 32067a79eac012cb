"""What the real load tester answered to a real Flagger, asked again: the same statuses and bodies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.gates.calls import call
from tests.support.server import Server
from tests.support.traces import records

# Every recording whose hooks are the load tester's own addresses.
TRACES = ["seed-steps", "rollback", "confirm-rollout", "confirm-promotion", "confirm-traffic", "new-revision"]
SWITCHES = ("/gate/", "/rollback/")


class Recorded(NamedTuple):
    """One call to a gate, by Flagger or by the person who opened and closed it."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    response: bytes


def gate_calls(trace: str) -> Iterator[Recorded]:
    """In order of time."""
    lines = records(trace)
    canary: dict[str, Any] = next(line["object"]["metadata"] for line in lines if line["kind"] == "canary")
    who = json.dumps({"name": canary["name"], "namespace": canary["namespace"]}).encode()
    for line, following in zip(lines, [*lines[1:], {}], strict=True):
        if line["kind"] == "webhook" and line["path"].startswith(SWITCHES):
            answer = line["status"], line["response"].encode()
            yield Recorded(line["path"], line["headers"], line["body"].encode(), *answer)
        elif line["kind"] == "action" and line["action"] == "post":
            yield Recorded(line["argument"], {}, who, following["status"], b"")


@pytest.mark.parametrize("trace", TRACES)
def test_the_same_calls_get_the_same_answers(aviary: Server, trace: str) -> None:
    calls = list(gate_calls(trace))
    assert calls
    for number, recorded in enumerate(calls):
        answer = call(aviary, recorded.path, recorded.body, headers=recorded.headers)
        assert answer[:2] == (recorded.status, recorded.response), f"call {number}: {recorded}"
