"""Whatever is done to the bytes of an export, or to the order of its lines, the verifier finds it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from gates import chain, verifier
from tests.chain.conftest import enter
from tests.search.exports import json_lines, parts

pytestmark = pytest.mark.django_db
COUNT = 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An export of eight entries."""
    enter(COUNT)
    path = tmp_path / "export.jsonl"
    path.write_bytes(json_lines())
    return path


@pytest.fixture
def checked(file: Path) -> Callable[[list[bytes]], None]:
    """Check these entries in the file's place, with a manifest that has their digest.

    In this process: thousands of interpreters take minutes.
    """
    manifest = parts(file.read_bytes())[1]

    def check(lines: list[bytes]) -> None:
        data = b"".join(lines)
        told = {**manifest, "sha256": hashlib.sha256(data).hexdigest()}
        file.write_bytes(data + chain.packed({"manifest": told}) + b"\n")
        list(verifier.check(str(file), None, set(), True))

    return check


@pytest.fixture
def lines(file: Path) -> list[bytes]:
    """The entries, as they were exported."""
    return file.read_bytes().splitlines(keepends=True)[:-1]


often = tuned(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@often
@given(data=st.data())
def test_no_byte_of_an_entry_can_be_changed(
    lines: list[bytes], checked: Callable[[list[bytes]], None], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, COUNT - 1))
    at = data.draw(st.integers(0, len(lines[number]) - 1))
    piece = data.draw(st.binary(max_size=3) | st.sampled_from([b" ", b"0", b"a", b"true", b'"', b"\n"]))
    changed = [*lines]
    changed[number] = lines[number][:at] + piece + lines[number][at + data.draw(st.integers(0, 2)) :]
    try:
        checked(changed)
    except verifier.Bad as bad:
        assert bad.seq is None or bad.seq <= number + 2  # noqa: PT017 (it may also be sound)
    else:
        # Blanks between the values say nothing.
        assert list(map(json.loads, changed)) == list(map(json.loads, lines))


@often
@given(data=st.data())
def test_any_other_order_or_choice_of_lines_is_found(
    lines: list[bytes], checked: Callable[[list[bytes]], None], data: st.DataObject
) -> None:
    some = st.lists(st.sampled_from(lines), max_size=COUNT + 2) | st.permutations(lines)
    chosen = data.draw(some)
    if chosen == lines:
        checked(chosen)
    else:
        with pytest.raises(verifier.Bad):
            checked(chosen)
