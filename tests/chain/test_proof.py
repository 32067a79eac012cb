"""Whatever is done to the log is found, and the first bad entry is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from gates import chain, proof
from gates.models import AuditEntry, AuditHead
from tests.chain.conftest import enter, of_first_form, problem, put, rechained, rows

pytestmark = pytest.mark.django_db
COUNT = 6
# So many of them are of the first form, as before an upgrade.
OLDER = 3
EVERY_FIELD = [field.attname for field in AuditEntry._meta.concrete_fields]
numbers = st.integers(1, COUNT)
# Each example puts the log as it needs it.
often = tuned(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
OTHER: dict[str, st.SearchStrategy[Any]] = {
    "seq": st.integers(-3, 60),
    "at": st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    "weight": st.none() | st.integers(-1000, 1000),
    "decision": st.none() | st.integers(0, 10**9),
    "form": st.integers(0, 3),
    # No null: the database refuses it.
    **dict.fromkeys(
        ("images", "images_from", "before", "after", "policy"), JSON.filter(lambda value: value is not None)
    ),
}


@pytest.fixture
def log() -> list[dict[str, Any]]:
    """Six sound entries, the older ones of the first form; the triggers are away."""
    enter(COUNT)
    put(of_first_form(rows(), OLDER), head=True)
    assert problem() is None
    return rows()


@often
@given(number=numbers, field=st.sampled_from(EVERY_FIELD), data=st.data())
def test_any_change_of_any_field_of_any_entry_is_found(
    log: list[dict[str, Any]], number: int, field: str, data: st.DataObject
) -> None:
    value = data.draw(OTHER.get(field, TEXT))
    changed = {**log[number - 1], field: value}
    taken = field == "seq" and value in range(1, COUNT + 1)
    if value == log[number - 1][field] or taken:
        return
    put([*log[: number - 1], changed, *log[number:]])
    found = problem()
    assert found
    assert found.seq == (value if field == "seq" and value < 1 else number)


@often
@given(number=numbers, field=st.sampled_from([*chain.FORM_2[2:-5], "at"]), data=st.data())
def test_an_entry_whose_hash_was_made_anew_is_found_by_the_one_after_it(
    log: list[dict[str, Any]], number: int, field: str, data: st.DataObject
) -> None:
    value = data.draw(OTHER.get(field, TEXT))
    before = log[number - 1]
    if field in {"prev_hash", "form"} or value == before[field]:
        return
    changed = {**before, field: value}
    changed["hash"] = chain.digest(changed)
    put([*log[: number - 1], changed, *log[number:]])
    found = problem()
    assert found
    assert (found.seq, found.kind) == (number, "edited")


@often
@given(one=numbers, other=numbers)
def test_two_entries_that_changed_places_are_out_of_order(
    log: list[dict[str, Any]], one: int, other: int
) -> None:
    if one == other:
        return
    first, last = sorted((one, other))
    swapped = list(log)
    swapped[first - 1] = {**log[last - 1], "seq": first}
    swapped[last - 1] = {**log[first - 1], "seq": last}
    put(swapped)
    found = problem()
    assert found
    assert (found.seq, found.kind) == (first, "reordered")


@given(number=st.integers(1, COUNT - 1))
@often
def test_an_entry_that_was_taken_out_is_missing(log: list[dict[str, Any]], number: int) -> None:
    rest = [*log[: number - 1], *log[number:]]
    put(rest)
    found = problem()
    assert found
    assert (found.seq, found.kind) == (number, "deleted")
    put([{**each, "seq": place} for place, each in enumerate(rest, start=1)])
    found = problem()
    assert found
    assert (found.seq, found.kind) == (number, "deleted")


@given(number=numbers)
@often
def test_an_entry_that_was_put_in_is_named(log: list[dict[str, Any]], number: int) -> None:
    new = {**log[0], "reason": "put in"}
    made = rechained([*log[: number - 1], new], number - 1)
    made += [{**each, "seq": each["seq"] + 1} for each in log[number - 1 :]]
    put(made)
    found = problem()
    assert found
    assert (found.seq, found.kind) == (number, "inserted")


@given(source=numbers, place=numbers)
@often
def test_a_copy_of_an_entry_is_an_insertion(log: list[dict[str, Any]], source: int, place: int) -> None:
    if place <= source:
        return
    copy = {**log[source - 1], "seq": place}
    put([*log[: place - 1], copy, *[{**each, "seq": each["seq"] + 1} for each in log[place - 1 :]]])
    found = problem()
    assert found
    assert (found.seq, found.kind) == (place, "inserted")


@given(left=st.integers(0, COUNT - 1))
@often
def test_a_log_that_was_cut_off_ends_before_its_head(log: list[dict[str, Any]], left: int) -> None:
    put(log[:left])
    found = problem()
    assert found
    assert (found.seq, found.kind) == (left + 1, "truncated")


@pytest.mark.parametrize("field", chain.UNHASHED[chain.FIRST_FORM])
@pytest.mark.parametrize("value", ["x", ["x"], {"approvals": 0}])
def test_a_field_that_came_with_a_later_form_is_empty_in_an_older_entry(
    log: list[dict[str, Any]], field: str, value: object
) -> None:
    changed = {**log[1], field: value}
    assert chain.digest(changed) == log[1]["hash"]
    put([log[0], changed, *log[2:]])
    found = problem()
    assert found
    assert (found.seq, found.kind) == (2, "edited")


def test_an_entry_behind_the_head_was_inserted(log: list[dict[str, Any]]) -> None:
    put(rechained([*log, log[0]], COUNT))
    found = problem()
    assert found
    assert (found.seq, found.kind) == (COUNT + 1, "inserted")


def test_a_head_that_names_another_entry_is_found(log: list[dict[str, Any]]) -> None:
    AuditHead.objects.update(hash="0" * 64)
    found = problem()
    assert found
    assert (found.seq, found.kind) == (COUNT, "edited")


def test_pages_come_in_order_and_whole(log: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "PAGE", 4)
    found = list(proof.pages(0, COUNT))
    assert [[each["seq"] for each in page] for page in found] == [[1, 2, 3, 4], [5, 6]]
    report = proof.verify()
    assert (report.count, report.seq, report.problem) == (COUNT, COUNT, None)


def test_times_are_hashed_to_the_microsecond(log: list[dict[str, Any]]) -> None:
    AuditEntry.objects.filter(seq=2).update(at=log[1]["at"] + timedelta(microseconds=1))
    found = problem()
    assert found
    assert (found.seq, found.kind) == (2, "edited")


def test_entries_of_the_first_form_keep_their_hash() -> None:
    fields = {
        "seq": 1, "at": datetime(2026, 11, 24, 18, tzinfo=UTC), "action": "gate.opened", "outcome": "changed",
        "actor_kind": "person", "actor": "minji", "via": "page", "subject": "", "cluster": "default",
        "namespace": "payments", "name": "checkout", "kind": "gate", "revision": "", "images": [],
        "phase": "", "weight": None, "before": {}, "after": {"open": True}, "reason": "ü",
        "decision": None, "source": "",
        "user_agent": "", "request_id": "", "prev_hash": "",
    }  # fmt: skip
    # As the first version computed it.
    known = "745d9f9a0d6dc5a52bdbf95208e160a0c73f331eb5c66e4df0c23efa3bf48b4b"
    assert chain.digest(fields) == known
    assert chain.digest({**fields, "form": 1, "auth": "password", "policy": {"x": 1}}) == known
    assert chain.digest({**fields, "at": "2026-11-24T18:00:00.000000+00:00"}) == known
