"""A webhook's address means to the page what it means to the server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.hook_address import FOREIGN, HookAddress, Kind, base, meaning
from dashboard.masking import mask
from gates import addresses
from gates.confirm_rules import Hook

AVIARY = "http://aviary.flagger"


@pytest.mark.parametrize("address", addresses._LISTED, ids=lambda address: address.label)
def test_every_listed_address_is_known(address: addresses.Address) -> None:
    found = meaning(AVIARY + address.label)
    assert found.kind is not Kind.FOREIGN
    if found.kind is Kind.TYPED:
        assert found.hook == address.kind
    if found.kind is Kind.DROP_IN:
        assert (found.gate, found.action) == (address.kind, address.action)


@pytest.mark.parametrize("hook", Hook)
@pytest.mark.parametrize("prefix", ["", "/t/s3cret", "/clusters/east", "/t/s3cret/clusters/east"])
@pytest.mark.parametrize("gate", ["", "security"])
def test_a_typed_address_is_read_behind_its_prefixes_masked_or_not(
    hook: Hook, prefix: str, gate: str
) -> None:
    url = f"{AVIARY}:8000{prefix}/hooks/{hook}{'/' + gate if gate else ''}?token=s3cret"
    cluster = "east" if "east" in prefix else ""
    expected = HookAddress(Kind.TYPED, hook=str(hook), gate=gate, cluster=cluster)
    assert meaning(url) == meaning(mask(url)) == expected
    assert base(mask(url)) == mask(f"{AVIARY}:8000{prefix}/").removesuffix("/")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://flagger-loadtester.test", Kind.TASK),
        ("http://flagger-loadtester.test?x=1", Kind.TASK),
        ("http://user:secret@flagger-loadtester.test/", Kind.TASK),
        ("https://flagger-loadtester/gate/halt", Kind.CONSTANT),
        ("https://flagger-loadtester/gate/approve#now", Kind.CONSTANT),
    ],
)
def test_what_the_load_tester_answers_is_known(url: str, kind: Kind) -> None:
    assert meaning(url).kind is meaning(mask(url)).kind is kind


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/gate/check",
        "aviary/gate/check",
        "ftp://aviary/gate/check",
        "http:///gate/check",
        "http://[::1/gate/check",
        "http://aviary/gate/check/",
        "http://aviary/Gate/check",
        "http://aviary//gate/check",
        "http://aviary/rollback/chek",
        "http://aviary/rollback/approve",
        "http://aviary/hooks/confirm-promotoin",
        "http://aviary/hooks/confirm-rollout/a/b",
        "http://aviary/hooks/pre-rollout",
        "http://aviary/hooks/",
        "http://aviary/clusters/east/t/s3cret/gate/check",
        "http://aviary/t/one/t/two/gate/check",
        "http://aviary/t//gate/check",
        "http://aviary/healthz",
        "http://aviary/metrics",
        "http://aviary/t/s3cret",
    ],
)
def test_near_misses_are_foreign(url: str) -> None:
    assert meaning(url) == FOREIGN
    assert base(url) == ""


@given(st.text() | st.text("/:th?#[]@abc.•gatecheck\ud800").map("http://".__add__))
def test_no_text_makes_it_fail(url: str) -> None:
    assert base(url) == "" or meaning(url) != FOREIGN
