"""Terms and bits: whatever a filter lets through has all the terms that the filter asks for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates import bits, terms, topics
from gates.filters import Filters
from gates.models import AuditEntry

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12) | st.sampled_from(
    ["", "Straße", "STRASSE", "İstanbul", "결제", "p99 is\u00a0fine", "a" * 90, "ß", "ffi"]
)
positions = st.sets(st.integers(0, bits.SEGMENT - 1), max_size=1200)


@given(positions)
def test_positions_survive_being_kept(some: set[int]) -> None:
    raw = bits.pack(sorted(some))
    assert len(raw) <= bits.MAP
    found = bits.unpack(raw)
    assert list(bits.positions(found, highest_first=False)) == sorted(some)
    assert list(bits.positions(found, highest_first=True)) == sorted(some, reverse=True)


@given(positions, st.integers(-9000, 9000), st.integers(-9000, 9000))
def test_a_range_of_positions(some: set[int], first: int, last: int) -> None:
    found = bits.mask(some) & bits.between(first, last)
    assert set(bits.positions(found, highest_first=True)) == {at for at in some if first <= at <= last}


def test_all_positions_are_a_map() -> None:
    assert bits.unpack(bits.pack(range(bits.SEGMENT))) == bits.ALL == bits.between(-1, bits.SEGMENT)


@given(data=st.data(), one=texts, other=texts, name=texts, image=texts, reason=texts)
def test_what_contains_a_part_has_the_parts_terms(
    data: st.DataObject, one: str, other: str, name: str, image: str, reason: str
) -> None:
    entry = AuditEntry(
        action="gate.opened", outcome="changed", actor=one, namespace=other, name=name, reason=reason,
        images=[image], images_from=[one], revision=name[:64], subject="s", release="",
    )  # fmt: skip
    given_parts: dict[str, Any] = {
        "canary": _part(data, name).replace("/", ""),
        "image": _part(data, image),
        "text": _part(data, reason),
        "revision": name[:3],
        "actor": one,
    }
    some = data.draw(st.sets(st.sampled_from(sorted(given_parts))))
    filters = Filters(**{each: given_parts[each] for each in some})
    row = {column: getattr(entry, column) for column in _COLUMNS}
    if filters.matches(entry):
        assert terms.of_filters(filters) <= terms.of_entry(row)
        beginning = terms.revision(filters.revision)
        assert not filters.revision or any(
            beginning <= term < terms.after(beginning) for term in terms.of_entry(row)
        )


_COLUMNS = ("cluster", "action", "outcome", "actor", "namespace", "release", "subject", "name", "revision",
            "images", "images_from", "reason")  # fmt: skip


def _part(data: st.DataObject, text: str) -> str:
    start = data.draw(st.integers(0, len(text)))
    return text[start : data.draw(st.integers(start, len(text)))]


@pytest.mark.parametrize("topic", topics.TOPICS)
def test_an_action_has_a_term_of_its_topic(topic: str) -> None:
    for family in topics.TOPICS[topic]:
        row: dict[str, Any] = {**dict.fromkeys(_COLUMNS, ""), "images": [], "images_from": []}
        assert terms.of_entry({**row, "action": f"{family}.made"}) & terms.of_topic(topic)


def test_long_values_have_short_terms() -> None:
    long, longer = "x" * 5000, "x" * 5001
    assert terms.whole("namespace", long) != terms.whole("namespace", longer)
    assert len(terms.whole("namespace", longer)) < 100
    assert len(terms.of_filters(Filters(image="".join(map(chr, range(100, 900)))))) <= terms.MOST_RUNS
