"""Bytes → a call or a refusal, as Go's decoder reads them (the cases were compared with Go 1.26)."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.nesting import shallow
from gates.payload import Call, Refusal, read

EMPTY = Call("", "", "", "", None)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


def test_what_flagger_sends() -> None:
    body = (
        b'{"name":"podinfo","namespace":"test","phase":"Progressing","checksum":"85d557f47b",'
        b'"metadata":{"a":"b"}}'
    )
    assert read(body) == Call("podinfo", "test", "Progressing", "85d557f47b", {"a": "b"})


@pytest.mark.parametrize(
    ("body", "call"),
    [
        (b"null", EMPTY),
        (b" \t\r\n{ } \n", EMPTY),
        (b'{"name": null, "metadata": null}', EMPTY),
        (b'{"NAME": "a", "nameSpace": "b", "PHASE": "c"}', Call("a", "b", "c", "", None)),
        ('{"name\u017fpace": "b", "chec\u212asum": "d"}'.encode(), Call("", "b", "", "d", None)),
        (b'{"name": "a", "Name": "b", "name": null}', Call("b", "", "", "", None)),
        (b'{"metadata": {"a": "1", "b": null}}', EMPTY._replace(metadata={"a": "1", "b": ""})),
        (b'{"metadata": {"a": "1"}, "METADATA": {"b": "2"}}', EMPTY._replace(metadata={"a": "1", "b": "2"})),
        (b'{"metadata": {"a": "1"}, "metadata": null, "metadata": {"b": "2"}}',
         EMPTY._replace(metadata={"b": "2"})),
        (b'{"metadata": {"a": "1", "a": null}}', EMPTY._replace(metadata={"a": ""})),
        (b'{"metadata": {}}', EMPTY._replace(metadata={})),
        (b'{"name": "\\ud800x\\udc00\\ud83d\\ude00"}', EMPTY._replace(name="\ufffdx\ufffd\U0001f600")),
        (b'{"name": "\xe2\x82\xff\xed\xa0\x80"}', EMPTY._replace(name="\ufffd" * 6)),
        (b'{"metadata": {"\\udfff": "\\ud800"}}', EMPTY._replace(metadata={"\ufffd": "\ufffd"})),
        (b'{"unknown": [1, {"name": "no"}, true, 1e999], "name": "a"}', EMPTY._replace(name="a")),
        (b'{"checksum": "\\u0000", "phase": "\\u0000"}', EMPTY._replace(checksum="\0", phase="\0")),
        (b'{"name": "\x7f\xe2\x80\xa8"}', EMPTY._replace(name="\x7f\u2028")),
    ],
)  # fmt: skip
def test_what_go_reads_is_read(body: bytes, call: Call) -> None:
    assert read(body) == call


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"}", b"[]", b"[{}]", b'"text"', b"1", b"true", b"{} {}", b"{},", b"{}x",
        b"null null", b"\xef\xbb\xbf{}", b"\xff{}", b"{}\x00", b'{"x": NaN}', b'{"x": Infinity}',
        b'{"x": -Infinity}',
        b'{"name": 1}', b'{"name": true}', b'{"namespace": []}', b'{"phase": {}}', b'{"checksum": 1.5}',
        b'{"metadata": "text"}', b'{"metadata": []}', b'{"metadata": 1}', b'{"metadata": {"a": 1}}',
        b'{"metadata": {"a": ["b"]}}', b'{"metadata": {"a": {}}}', b'{"metadata": {"a": false}}',
        b'{"name": "a\nb"}', b'{"name": "a\x01"}', b'{"name": "\\x"}', b'{"name": "\\u12"}',
        b'{"name": "\\u00g0"}',
        b'{"x": 01}', b'{"x": 1.}', b'{"x": .5}', b'{"x": +1}', b'{"x": 1_0}', b'{"x": 0x1}',
        b"{'name': 'a'}",
        b'{"name": "a",}', b"{name: 1}", b'{"x": [1,]}', b'{"x"}', b'{"x": }', b"\xc2\xa0{}",
        b"// comment\n{}",
        b'{"name": "a", "name": 1, "name": "b"}',
    ],
)  # fmt: skip
def test_what_go_refuses_is_refused(body: bytes) -> None:
    assert isinstance(read(body), Refusal)


@pytest.mark.parametrize("field", ["name", "namespace"])
def test_nul_in_a_name_is_refused_because_postgres_cannot_keep_it(field: str) -> None:
    assert isinstance(read(json.dumps({field: "a\0b"}).encode()), Refusal)


def test_a_number_of_any_length_is_ignored() -> None:
    digits = b"1" * (sys.get_int_max_str_digits() * 3)
    assert read(b'{"x": ' + digits + b', "y": 0.' + digits + b', "name": "a"}') == EMPTY._replace(name="a")
    assert isinstance(read(b'{"name": ' + digits + b"}"), Refusal)


@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize(
    ("levels", "read_by_go"), [(900, True), (9_999, True), (10_000, False), (50_000, False)]
)
def test_ten_thousand_levels_are_read_and_no_more(
    brackets: tuple[bytes, bytes], levels: int, read_by_go: bool
) -> None:
    begin, end = brackets
    middle = b"1" if begin != b"[" else b""
    body = b'{"x": ' + begin * levels + middle + end * levels + b', "name": "a"}'
    assert (read(body) == EMPTY._replace(name="a")) is read_by_go


DEEP = b'{"name": "a", "x": ' + b"[" * 2000 + b"%s" + b"]" * 2000 + b"}"


@pytest.mark.parametrize("broken", [b"[1 2]", b"[1,]", b"{,}", b'{"a" 1}', b'"\x01"', b"NaN", b"]", b"01"])
def test_what_lies_deep_is_checked_as_strictly(broken: bytes) -> None:
    assert read(DEEP % b'{"a": [1, "b"]}') == EMPTY._replace(name="a")
    assert isinstance(read(DEEP % broken), Refusal)


@given(value=JSON, more=TEXT)
def test_shortening_keeps_what_is_json_and_refuses_the_rest(value: object, more: str) -> None:
    whole = json.dumps({"x": value, "name": more}, ensure_ascii=False)
    assert json.loads(shallow(whole))["name"] == more
    for cut in (whole[:-1], whole + "}", whole.replace(":", ",", 1)):
        with pytest.raises(ValueError, match="unexpected"):
            shallow(cut)


@given(body=st.binary(max_size=200))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    assert isinstance(read(body), Call | Refusal)


@given(name=TEXT, namespace=TEXT, metadata=st.none() | st.dictionaries(TEXT, TEXT), ascii_only=st.booleans())
def test_every_payload_comes_back(
    name: str, namespace: str, metadata: dict[str, str] | None, ascii_only: bool
) -> None:
    payload = {"name": name, "namespace": namespace, "metadata": metadata}
    body = json.dumps(payload, ensure_ascii=ascii_only).encode()
    assert read(body) == Call(name, namespace, "", "", metadata)


@given(extra=st.dictionaries(TEXT.filter(lambda key: "a" not in key.casefold()), JSON))
def test_unknown_fields_change_nothing(extra: dict[str, object]) -> None:
    # Without an "a" none of them is name, namespace, phase or metadata in any letter case.
    extra.pop("checksum", None)
    known = {key: value for key, value in extra.items() if key.casefold() != "checksum"}
    assert read(json.dumps({**known, "name": "me"}).encode()) == EMPTY._replace(name="me")
