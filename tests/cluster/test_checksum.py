"""Flagger's checksum, against Flagger's own library and against every webhook of every recording."""

from __future__ import annotations

import json

import pytest

from dashboard.canary import parse
from dashboard.checksum import checksum
from tests.support import traces


@pytest.mark.parametrize("trace", traces.NAMES)
def test_the_checksum_of_every_recorded_webhook_comes_from_the_status(trace: str) -> None:
    known, compared = None, 0
    for record in traces.records(trace):
        if record["kind"] == "canary":
            known = parse("default", record["object"])
        elif record["kind"] == "webhook":
            assert known is not None
            assert json.loads(record["body"])["checksum"] == known.checksum
            compared += 1
    assert compared > 5


@pytest.mark.parametrize(
    ("configs", "spec", "expected"),
    [
        # Made with Flagger's own ComputeHash (go-spew and FNV-32a).
        (None, "", "758df7c9fc"),
        ({}, "7cddbd648d", "685d66766"),
        ({"secret/db": "5f6d", "configmap/app": "6b7c"}, "7cddbd648d", "796c8dddbd"),
        ({"secret/zeta": "1", "configmap/Äpfel": "2", "configmap/app": "3"}, "x", "864dc84dd4"),
        ({"configmap/app": ""}, "", "76b786b94"),
    ],
)
def test_the_checksum_is_flaggers(configs: dict[str, str] | None, spec: str, expected: str) -> None:
    assert checksum(configs, spec) == expected
