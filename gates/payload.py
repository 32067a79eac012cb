"""Flagger's JSON → one typed call, or one refusal; exactly what Go's decoder makes of the same bytes.

Plain Python. The reference is `encoding/json` reading `CanaryWebhookPayload`, as the load tester does.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NamedTuple

from gates.nesting import MAX_DEPTH, TooDeep, shallow


class Call(NamedTuple):
    """What Flagger said. `metadata` is None when the webhook has none."""

    name: str
    namespace: str
    phase: str
    checksum: str
    metadata: dict[str, str] | None


class Refusal(NamedTuple):
    """The body is not a payload; `why` is one line for the server's log."""

    why: str


def _each_byte(error: UnicodeError) -> tuple[str, int]:
    # Go replaces every single byte that it cannot read, Python's "replace" a whole broken character.
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\ufffd" * (error.end - error.start), error.end


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


codecs.register_error("each-byte", _each_byte)
# Objects become tuples of pairs, so that duplicates and their order survive and arrays stay apart from
# them. Numbers have no meaning in a payload: `bool` reads them without limits on their length.
_decoder = json.JSONDecoder(
    object_pairs_hook=tuple, parse_int=bool, parse_float=bool, parse_constant=_refuse_constant
)
_LONE = re.compile("[\ud800-\udfff]")
_FIELDS = frozenset({"name", "namespace", "phase", "checksum", "metadata"})


def read(body: bytes) -> Call | Refusal:
    """The call in `body`, or why it is none."""
    text = body.decode("utf-8", "each-byte")
    try:
        value = _decode(text)
    except (ValueError, TooDeep) as error:
        return Refusal(f"not JSON: {error}")
    # `null` leaves everything empty, as for any value in Go.
    if value is None:
        return Call("", "", "", "", None)
    if not isinstance(value, tuple):
        return Refusal("not a JSON object")
    return _call(value)


def _decode(text: str) -> Any:
    # Every level needs a bracket: fewer brackets than levels allowed, and nothing has to be counted.
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        try:
            return _decoder.decode(text)
        except RecursionError:
            # Python gives up at a tenth of the levels that Go allows.
            pass
    return _decoder.decode(shallow(text))


def _call(pairs: tuple[tuple[str, Any], ...]) -> Call | Refusal:
    texts = {"name": "", "namespace": "", "phase": "", "checksum": ""}
    metadata: dict[str, str] | None = None
    for key, value in pairs:
        field = key if key in _FIELDS else key.casefold()
        if field == "metadata":
            if value is None:
                metadata = None
            elif isinstance(value, tuple):
                # A second `metadata` adds to the first one.
                metadata = metadata or {}
                for name, text in value:
                    if text is not None and not isinstance(text, str):
                        return Refusal("metadata with a value that is not text")
                    metadata[_scalar(name)] = _scalar(text or "")
            else:
                return Refusal("metadata is not an object")
        elif field in texts and value is not None:
            if not isinstance(value, str):
                return Refusal(f"{field} is not text")
            texts[field] = _scalar(value)
    # PostgreSQL cannot keep it, so no database does.
    if "\0" in texts["name"] or "\0" in texts["namespace"]:
        return Refusal("NUL in name or namespace")
    return Call(**texts, metadata=metadata)


def _scalar(text: str) -> str:
    """Lone surrogates, which only escapes can make, become U+FFFD."""
    return text if text.isascii() else _LONE.sub("\ufffd", text)
