"""Everybody there can be, and a cluster with payments and with what is none of their business.

| name | role |
|---|---|
| "" | not signed in |
| nora | none |
| victor | viewer, everywhere |
| pia | viewer of payments-* |
| paul | approver of payments-* |
| gus | approver of payments-*, as one of the group payments-people |
| petra | admin of payments-* |
| alice | approver, everywhere |
| ada | admin, everywhere |
| otto | auditor |
| root | superuser |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from dashboard.canary import parse
from dashboard.store import CANARY, Reach, Store
from gates import audit, decisions, roles
from gates.audit import Actor, Draft, Origin
from gates.decisions import Act, Change
from gates.keys import GateKey
from gates.models import Gate, RoleGrant
from gates.permissions import ensure_roles
from gates.roles import Admin, Wanted
from tests.api.conftest import manifest, source  # noqa: F401
from tests.support import people as cast
from tests.support import views

NAMES = ("", "nora", "victor", "pia", "paul", "gus", "petra", "alice", "ada", "otto", "root")
EVERYBODY = pytest.mark.parametrize("name", NAMES)
BACKEND = "django.contrib.auth.backends.ModelBackend"
INSIDE, OUTSIDE = "payments-eu/checkout", "catalog/finder"
# What each may see of the cluster.
BOTH, ONE, NONE = frozenset({INSIDE, OUTSIDE}), frozenset({INSIDE}), frozenset[str]()
SEES = {
    "": NONE, "nora": NONE,
    "pia": ONE, "paul": ONE, "gus": ONE, "petra": ONE,
    "victor": BOTH, "alice": BOTH, "ada": BOTH, "otto": BOTH, "root": BOTH,
}  # fmt: skip


class World:
    """The numbers of what is there: entries by what they are about, gates and grants by namespace."""

    def __init__(self) -> None:
        self.entries: dict[str, int] = {}
        self.gates: dict[str, int] = {}
        self.grants: dict[str, int] = {}

    def user(self, name: str) -> User:
        """The account."""
        return User.objects.get(username=name)


def as_root(reason: str = "") -> Admin:
    """A superuser at the door."""
    return Admin(User.objects.get(username="root"), Actor("person", "root"), Origin("page"), reason)


def give(role: str, namespaces: str, **holder: str) -> int:
    """Grant as root; returns the grant's number."""
    entry = roles.grant(as_root(), Wanted(role, namespaces, **holder))[0]
    return RoleGrant.objects.get(decision=entry.seq).pk


@pytest.fixture
def store(source: Any) -> Iterator[Store]:  # noqa: F811
    """Both canaries wait for a person."""
    store = Store("default", "test")
    pairs = [each.split("/") for each in (INSIDE, OUTSIDE)]
    store.apply(CANARY, [parse("default", manifest(*pair)) for pair in pairs], whole=True)
    store.set_freshness(Reach.LIVE)
    with views.shown(store):
        yield store


def populate() -> World:
    """Accounts, grants, a gate and an entry on either side, and an entry about everything."""
    ensure_roles()
    cast.create()
    User.objects.create(username="root", is_superuser=True)
    for name in ("pia", "paul", "gus", "petra", "otto"):
        User.objects.create(username=name)
    team = Group.objects.create(name="payments-people")
    User.objects.get(username="gus").groups.add(team)
    world = World()
    world.grants["inside"] = give("viewer", "payments-*", user="pia")
    give("approver", "payments-*", user="paul")
    give("approver", "payments-*", group="payments-people")
    give("admin", "payments-*", user="petra")
    give("auditor", "*", user="otto")
    # For a group without members: nobody's rights, but something to hide.
    Group.objects.create(name="catalog-people")
    world.grants["outside"] = give("viewer", "catalog", group="catalog-people")
    for side in ("inside", "outside"):
        world.entries[f"role {side}"] = RoleGrant.objects.get(pk=world.grants[side]).decision
    for side, canary in (("inside", INSIDE), ("outside", OUTSIDE)):
        key = GateKey("gate", "default", *canary.split("/"))
        outcome = decisions.apply([Change(Act.OPEN, key, Actor("webhook", "a script"), Origin("webhook"))])[0]
        assert outcome.entry is not None
        world.entries[side], world.gates[side] = outcome.entry.seq, Gate.objects.get(key=key.digest).pk
    with decisions.deciding([]) as door:
        world.entries["everything"] = door.enter(
            Draft(door.now, "freeze.created", audit.CHANGED, audit.SYSTEM, audit.SYSTEM_ORIGIN, kind="freeze")
        )
    return world


@pytest.fixture
def world(db: None, store: Store) -> World:
    """Everything that is there."""
    return populate()


@pytest.fixture
def browse(world: World) -> Callable[[str], Client]:
    """`browse(name)`: that person's browser."""

    def client(name: str) -> Client:
        client = Client(enforce_csrf_checks=True)
        if name:
            client.force_login(world.user(name), BACKEND)
        return client

    return client


@pytest.fixture
def script(world: World) -> Callable[[str], APIClient]:
    """`script(name)`: calls the REST API with that person's token."""

    def client(name: str) -> APIClient:
        client = APIClient()
        if name:
            _row, token = AuthToken.objects.create(world.user(name))
            client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    return client
