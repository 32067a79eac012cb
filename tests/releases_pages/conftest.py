"""Releases on the shelf, a store with two canaries, and browsers of the cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from dashboard.store import Store
from gates import roles
from gates.audit import Actor, Origin
from tests.people.conftest import browse  # noqa: F401
from tests.support import views
from tests.support.people import People


@pytest.fixture
def store() -> Iterator[Store]:
    """`payments/checkout` at 25 %, `catalog/search` at rest."""
    made = views.store(
        views.canary("checkout", "payments", weight=25), views.canary("search", "catalog", "Succeeded")
    )
    with views.shown(made):
        yield made


@pytest.fixture
def victor(browse: Callable[[str], Client], store: Store) -> Client:  # noqa: F811
    """A viewer's browser."""
    return browse("victor")


@pytest.fixture
def nora(browse: Callable[[str], Client], store: Store, people: People) -> Client:  # noqa: F811
    """Nora's browser; she sees `catalog` only."""
    admin = roles.Admin(people.ada, Actor("person", "ada"), Origin("page"))
    roles.grant(admin, roles.Wanted("viewer", "catalog", user="nora"))
    return browse("nora")
