"""The canonical form of an entry and its hash, and what checkpoints and tombstones sign. Pure: no Django.

An entry's fields are a mapping from names to values as they are kept; `at` is a time with a zone, or its
text in UTC with microseconds, as exports have it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FIRST_FORM, FORM = 1, 2
# By form: what is hashed. A form is never changed, only followed by another.
FORM_1 = (
    "seq", "at", "action", "outcome", "actor_kind", "actor", "via", "subject", "cluster", "namespace", "name",
    "kind", "revision", "images", "phase", "weight", "before", "after", "reason", "decision", "source",
    "user_agent", "request_id", "prev_hash",
)  # fmt: skip
# By form: what it added, and what entries of the forms before it have there.
ADDED: dict[int, dict[str, Any]] = {2: {"auth": "", "images_from": [], "policy": {}, "release": ""}}
FORM_2 = (*FORM_1, "form", *ADDED[2])
HASHED = {FIRST_FORM: FORM_1, FORM: FORM_2}
UNHASHED = {
    form: {name: empty for later in ADDED if later > form for name, empty in ADDED[later].items()}
    for form in HASHED
}
CHECKPOINT = ("seq", "hash", "at", "key_id")
TOMBSTONE = (
    "first_seq", "last_seq", "prev_hash", "last_hash", "count", "at", "export_sha256", "key_id",
)  # fmt: skip
# What `digest` raises for fields of which there is no canonical form.
UNFIT = (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError)
_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class UnknownForm(ValueError):
    """The entry has a form that this version does not know, or none."""


def hashed(form: Any) -> tuple[str, ...]:
    """The names of the fields that entries of this form hash; raises UnknownForm."""
    if type(form) is not int or form not in HASHED:
        raise UnknownForm(f"the form {form!r} is unknown")
    return HASHED[form]


def canonical(fields: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, UTF-8, no blanks. Raises KeyError, UnknownForm."""
    names = hashed(fields.get("form", FIRST_FORM))
    body = {name: fields[name] for name in names}
    body["at"] = instant(body["at"])
    return packed(body)


def digest(fields: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(fields)).hexdigest()


def bare(fields: Mapping[str, Any]) -> bool:
    """Nothing is in the fields that came with later forms: the hash does not vouch for them."""
    unhashed = UNHASHED[fields["form"]]
    return not unhashed or all(fields[name] == empty for name, empty in unhashed.items())


def line(fields: Mapping[str, Any]) -> bytes:
    """An entry as exports and logs have it: its hashed fields and its hash, without an end of line."""
    kept = {name: fields[name] for name in (*hashed(fields["form"]), "form", "hash")}
    return packed({**kept, "at": instant(fields["at"])})


def packed(body: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys, UTF-8, no blanks."""
    return _JSON.encode(body).encode()


def instant(at: datetime | str) -> str:
    """`2026-11-24T18:00:00.000001+00:00`: UTC with microseconds."""
    return at if isinstance(at, str) else at.astimezone(UTC).isoformat(timespec="microseconds")


def checkpoint_message(fields: Mapping[str, Any]) -> bytes:
    """What the signature of a checkpoint is over: "up to entry `seq` the log is this one"."""
    return _message("checkpoint", CHECKPOINT, fields)


def tombstone_message(fields: Mapping[str, Any]) -> bytes:
    """What the signature of a tombstone is over: "the entries of this range were exported and pruned"."""
    return _message("tombstone", TOMBSTONE, fields)


def _message(what: str, names: tuple[str, ...], fields: Mapping[str, Any]) -> bytes:
    body = {name: fields[name] for name in names}
    # The kind is signed as well: no signature of one kind is one of the other.
    return packed({**body, "at": instant(body["at"]), "aviary": what})
