"""What waits for the database: replaced by what is known better, bounded, never lost by being written."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.releases.pending import Pending
from dashboard.releases.sight import Sight
from dashboard.releases.where import Where

CART, LOGIN = Where("default", "shop", "cart"), Where("default", "accounts", "login")
AT = datetime(2026, 11, 24, tzinfo=UTC)


def sight(version: int, weight: int = 0, phase: str = "Progressing") -> Sight:
    return Sight("u1", version, AT, phase=phase, run_at=AT, checksum="c", weight=weight)


def versions(pending: Pending) -> dict[str, list[int]]:
    return {
        where.name: [each.version for each in sights]
        for part in pending.parts(10)
        for where, sights in part.items()
    }


def test_what_is_written_is_gone_and_what_came_meanwhile_is_not() -> None:
    pending = Pending()
    pending.add(CART, [sight(1), sight(2)])
    pending.add(LOGIN, [sight(3)])
    (part,) = pending.parts(10)
    pending.add(CART, [sight(2, weight=50), sight(4)])
    pending.done(part)
    assert versions(pending) == {"cart": [2, 4]}
    pending.done({CART: list(next(pending.parts(10))[CART])})
    assert len(pending) == 0


def test_parts_have_a_number_of_canaries_each() -> None:
    pending = Pending()
    for number in range(5):
        pending.add(Where("default", "shop", str(number)), [sight(number)])
    assert [len(part) for part in pending.parts(2)] == [2, 2, 1]


def test_too_much_is_thinned_to_the_ends_of_each_phase() -> None:
    pending = Pending(most=5)
    pending.add(CART, [sight(version, weight=version) for version in range(1, 5)])
    assert not pending.thin()
    pending.add(CART, [sight(5, phase="Promoting"), sight(6, phase="Succeeded")])
    assert pending.thin()
    assert versions(pending) == {"cart": [1, 4, 5, 6]}
