"""Each rule in its own language, whatever the language of whoever acts."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from gates.confirm_rules import Hook
from tests.house.sources import ROOT
from tests.notify.conftest import rule, tell
from tests.support.receivers import Room
from tests.typed.conftest import Cluster, Flagger, decide

pytestmark = pytest.mark.django_db(transaction=True)
KOREAN = ROOT / "dashboard" / "locale" / "ko" / "LC_MESSAGES" / "django.mo"
HANGUL = re.compile("[가-힣]")


@pytest.mark.skipif(not KOREAN.exists(), reason="the Korean texts are not compiled")
def test_a_rule_in_korean_and_one_in_english_are_told_the_same_in_their_own(
    flagger: Flagger, cluster: Cluster, room: Room
) -> None:
    rule(room.url, name="서울", language="ko", namespaces="payments")
    rule(room.url, name="London", language="en")
    flagger.asks(Hook.START)
    tell()
    decide("approve", reason="fine")
    tell()
    korean = [text for text in room.bodies + room.titles if HANGUL.search(text)]
    assert len(korean) == len(room.bodies) == 4
    assert all("payments/checkout" in title for title in room.titles)
    lines = [line for text in room.bodies if HANGUL.search(text) for line in text.splitlines() if line]
    assert [line for line in lines if not HANGUL.search(line)] == []


def test_the_language_of_whoever_acts_plays_no_part(cluster: Cluster, room: Room) -> None:
    rule(room.url)
    with translation.override("ko"):
        decide("approve")
        tell()
    assert room.titles == ["minji approved the start of payments/checkout"]
    assert "Namespace: payments" in room.bodies[0]
