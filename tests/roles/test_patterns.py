"""Patterns mean the same in Python, on SQLite and on Postgres; a subset is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gates import access_rights, patterns
from gates.access_rights import Access
from gates.models import Gate
from tests.support import by_hand
from tests.support.postgres import Postgres

NAME = st.text("aB%_\\[]!^-.*?é\n", max_size=6)
PATTERN = st.text("aB%_\\[]!^-.*?é\n", min_size=1, max_size=6)
FEW = st.text("ab*?", min_size=1, max_size=5)
NAMES = [
    "", "payments", "payments-eu", "Payments-EU", "payments_eu", "paymentsxeu", "PAYMENTS", "a%b", "axb",
    "a_b", "a\\b", "[ab]", "a", "[", "]", "é", "É", "a\nb", "*", "?", "payments-*",
]  # fmt: skip
PATTERNS = [
    "*", "payments-*", "payments_*", "payments", "pay*eu", "?", "a?b", "a%b", "a_b", "a\\b", "[ab]", "[", "]",
    "é", "*-eu", "??", "P*", "*\n*", "a*b",
]  # fmt: skip


@given(PATTERN, NAME)
def test_a_pattern_means_what_it_says(pattern: str, name: str) -> None:
    assert patterns.matches([pattern], name) is by_hand.matches(pattern, name)


@pytest.mark.django_db
def test_sqlite_finds_the_same_rows() -> None:
    assert connection.vendor == "sqlite"
    rows = [Gate(key=str(n), namespace=name, changed_at=timezone.now()) for n, name in enumerate(NAMES)]
    Gate.objects.bulk_create(rows)
    for pattern in PATTERNS:
        found = Access(viewing=(pattern,)).visible(Gate.objects.all()).values_list("namespace", flat=True)
        assert set(found) == {name for name in NAMES if by_hand.matches(pattern, name)}, pattern


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(PATTERN, NAME)
def test_sqlite_agrees_on_any_text(pattern: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s GLOB %s", [name, pattern.replace("[", "[[]")])
        assert bool(cursor.fetchone()[0]) is by_hand.matches(pattern, name)


@pytest.fixture(scope="module")
def strict(postgres: Postgres) -> Iterator[Any]:
    """A cursor on Postgres."""
    with psycopg.connect(postgres.url("postgres")) as session, session.cursor() as cursor:
        yield cursor


@pytest.mark.postgres
def test_postgres_agrees(strict: Any) -> None:
    lookup = patterns.Matches.as_postgresql

    class Column:
        """A lookup whose left side is a parameter."""

        def __init__(self, pattern: str) -> None:
            self.rhs = pattern

        def process_lhs(self, *_arguments: object) -> tuple[str, list[Any]]:
            return "%s", []

    for pattern in PATTERNS:
        sql, values = lookup(Column(pattern), None, None)  # type: ignore[arg-type]
        for name in NAMES:
            strict.execute(f"SELECT {sql}", [name, *values])
            assert strict.fetchone()[0] is by_hand.matches(pattern, name), (pattern, name)


@given(FEW, FEW, st.text("ab", max_size=5))
def test_what_is_covered_is_never_more(wide: str, narrow: str, name: str) -> None:
    if patterns.covers([wide], narrow) and by_hand.matches(narrow, name):
        assert by_hand.matches(wide, name)


@given(FEW)
def test_a_pattern_covers_itself_and_is_covered_by_everything(pattern: str) -> None:
    assert patterns.covers([pattern], pattern)
    assert patterns.covers(["*"], pattern)


@given(FEW, FEW, st.text("ab", max_size=5))
def test_patterns_with_a_name_in_common_meet(one: str, other: str, name: str) -> None:
    if by_hand.matches(one, name) and by_hand.matches(other, name):
        assert patterns.meet(one, other)
    assert patterns.meet(one, other) is patterns.meet(other, one)


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ("payments-*", "*-eu", True), ("payments-*", "catalog", False), ("payments-?", "payments-eu", False),
        ("*", "catalog", True), ("a*b", "*c", False), ("a", "a", True), ("??", "?", False),
        ("*a*", "*b*", True),
    ],
)  # fmt: skip
def test_when_patterns_meet(one: str, other: str, met: bool) -> None:
    assert patterns.meet(one, other) is met


def test_patterns_are_read_once_each_and_a_star_swallows_the_rest() -> None:
    assert patterns.parts(" payments-**, ,catalog,catalog ") == ("catalog", "payments-*")
    assert patterns.parts("catalog, *") == ("*",)
    assert patterns.parts(" , ") == ()


def test_a_stronger_role_brings_the_weaker_ones_in_its_namespaces_only() -> None:
    mixed = access_rights.of_roles([("viewer", "*"), ("approver", "payments-*"), ("admin", "payments-eu")])
    assert mixed.everything
    assert not mixed.administers_everything
    assert (mixed.views("catalog"), mixed.decides("catalog"), mixed.administers("catalog")) == (
        True,
        False,
        False,
    )
    assert (mixed.decides("payments-us"), mixed.administers("payments-us")) == (True, False)
    assert (mixed.decides("payments-eu"), mixed.administers("payments-eu")) == (True, True)
    assert access_rights.of_roles([("owner", "*")]) == access_rights.NOBODY
