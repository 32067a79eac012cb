"""Whom a freeze would hold, and what it means for one canary."""

from __future__ import annotations

import pytest

from dashboard.freezes import one
from dashboard.freezes.scope import enforceable, namespaces, scope
from dashboard.store import CanaryView, Store
from gates import freezing
from gates.access_rights import EVERYTHING, of_roles
from gates.actions import Subject
from gates.models import Freeze
from tests.freezes.conftest import ADA, freeze
from tests.support import views

pytestmark = pytest.mark.django_db


def names(found: list[CanaryView]) -> list[str]:
    return ["/".join(view.key) for view in found]


def test_canaries_are_told_apart_by_what_would_become_of_them(shop: Store) -> None:
    found = scope(Freeze(namespaces="payments", canaries="*"), shop.all(), EVERYTHING)
    assert names(found.starting) == ["payments/begins", "payments/first"]
    assert names(found.in_flight) == ["payments/last", "payments/rising"]
    assert names(found.free) == ["payments/done", "payments/hookless"]
    assert names(found.resting) == ["payments/calm"]
    assert found.total == 7


def test_in_flight_a_hook_before_the_promotion_is_enough_to_hold_the_next_release(shop: Store) -> None:
    found = scope(Freeze(namespaces="payments", canaries="*", in_flight=True), shop.all(), EVERYTHING)
    assert names(found.free) == ["payments/hookless"]
    assert names(found.resting) == ["payments/calm", "payments/done"]


def test_only_what_is_named_and_may_be_seen_is_listed(shop: Store) -> None:
    wide = Freeze(namespaces="*", canaries="*s*")
    assert names(scope(wide, shop.all(), EVERYTHING).in_flight) == [
        "catalog/search",
        "payments/last",
        "payments/rising",
    ]
    assert scope(wide, shop.all(), of_roles([("viewer", "catalog")])).total == 1


@pytest.mark.parametrize(
    ("hooks", "starts", "in_flight"),
    [
        ((), False, False),
        (("rollback",), False, False),
        (("confirm-rollout",), True, True),
        (("confirm-traffic-increase",), True, True),
        (("confirm-promotion",), False, True),
    ],
)
def test_a_freeze_is_enforceable_where_a_confirm_hook_asks_here(
    hooks: tuple[str, ...], starts: bool, in_flight: bool
) -> None:
    view = next(iter(views.store(views.canary(hooks=hooks)).all()))
    assert (enforceable(view, False), enforceable(view, True)) == (starts, in_flight)


def test_a_hook_that_flagger_does_not_ask_enforces_nothing() -> None:
    blue_green = views.canary(hooks=("confirm-traffic-increase",), analysis={"iterations": 5})
    assert not enforceable(next(iter(views.store(blue_green).all())), False)


def test_a_freeze_reaches_the_namespaces_in_which_it_holds_somebody(shop: Store) -> None:
    made = freeze(namespaces="*", canaries="search")
    assert namespaces(made, shop) == {"catalog"}
    freezing.exempt(made.pk, Subject("default", "catalog", "search"), ADA, "hotfix")
    assert namespaces(Freeze.objects.get(), shop) == frozenset()


@pytest.mark.parametrize(
    ("name", "in_flight", "state"),
    [
        ("begins", False, "held"),
        ("first", False, "held"),
        ("calm", False, "held"),
        ("rising", False, "goes-on"),
        ("rising", True, "held"),
        ("last", False, "free"),
        ("last", True, "held"),
        ("hookless", True, "free"),
    ],
)
def test_each_canary_is_told_what_a_freeze_means_for_it(
    shop: Store, name: str, in_flight: bool, state: str
) -> None:
    freeze(namespaces="payments", in_flight=in_flight)
    view = shop.get("payments", name)
    assert view is not None
    assert [str(each.state) for each in one.on(view)] == [state]
    assert bool(one.holding(view)) is (state == "held")


def test_a_freeze_of_others_means_nothing(shop: Store) -> None:
    freeze(namespaces="payments")
    view = shop.get("catalog", "search")
    assert view is not None
    assert one.on(view) == []
