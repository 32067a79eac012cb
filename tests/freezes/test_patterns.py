"""Patterns: what they mean, and when one holds another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates import access_rights, freezes, patterns
from gates.models import Freeze
from tests.support import by_hand

# Few letters, so that names and patterns meet.
NAME = st.text("ab-", max_size=6)
PATTERN = st.text("ab*?", min_size=1, max_size=5)
PATTERNS = st.lists(PATTERN, min_size=1, max_size=3).map(", ".join)


def named(text: str, name: str) -> bool:
    """The freeze's namespaces name it."""
    return freezes.names(Freeze(namespaces=text, canaries="*"), name, "checkout")


def within(inner: str, outer: str) -> bool:
    """An administrator of `outer` may freeze `inner`."""
    return access_rights.of_roles([("admin", outer)]).may_hand_out(inner)


@pytest.mark.parametrize(
    ("text", "name", "meant"),
    [
        ("*", "payments", True),
        ("payments", "payments", True),
        ("payments", "payments-eu", False),
        ("payments-*", "payments-eu", True),
        ("payments-*", "payments", False),
        ("catalog, payments-?u ,", "payments-eu", True),
        ("payments-?", "payments-eu", False),
        ("", "", False),
        (" , ", "payments", False),
        ("Payments", "payments", False),
    ],
)
def test_a_name_is_meant_by_one_of_the_patterns(text: str, name: str, meant: bool) -> None:
    assert named(text, name) is meant


@given(PATTERNS, NAME)
def test_patterns_mean_what_they_mean_letter_by_letter(text: str, name: str) -> None:
    assert named(text, name) is any(by_hand.matches(part, name) for part in patterns.parts(text))


@given(PATTERNS, PATTERNS, NAME)
def test_what_is_within_is_never_more_than_what_is_allowed(inner: str, outer: str, name: str) -> None:
    if within(inner, outer) and named(inner, name):
        assert named(outer, name)


@given(PATTERNS)
def test_patterns_are_within_themselves_and_within_everything(text: str) -> None:
    assert within(text, text)
    assert within(text, "*")


@pytest.mark.parametrize(
    ("inner", "outer", "held"),
    [
        ("payments-eu", "payments-*", True),
        ("payments-*", "payments-*, catalog", True),
        ("payments-eu, catalog", "payments-*, catalog", True),
        ("payments-eu, search", "payments-*, catalog", False),
        ("payments*", "payments-*", False),
        ("*", "payments-*", False),
        ("payments-*", "payments-??", False),
        ("payments-?", "payments-*", True),
        ("payments.eu", "payments?eu", True),
        ("paymentsxeu", "payments.eu", False),
    ],
)
def test_an_administrator_of_some_namespaces_reaches_no_further(inner: str, outer: str, held: bool) -> None:
    assert within(inner, outer) is held
