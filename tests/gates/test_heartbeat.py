"""The memory of who asked when has an end."""

from __future__ import annotations

import pytest
from django.utils import timezone

from gates import heartbeat
from gates.keys import GATE, GateKey


def test_the_longest_unasked_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat.forget()
    monkeypatch.setattr(heartbeat, "LIMIT", 2)
    keys = [GateKey(GATE, "default", "x", name) for name in "abc"]
    for key in (keys[0], keys[1], keys[0], keys[2]):
        heartbeat.record(key, timezone.now(), False)
    assert [heartbeat.asked(key) is not None for key in keys] == [True, False, True]
