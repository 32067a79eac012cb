"""What checkpoints and tombstones say of the log, once their signatures hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gates import chain, keyring
from gates.proof_naming import EDITED, UNSIGNED, Problem
from gates.proof_rows import Fields, entry_number

STONE = ("id", *chain.TOMBSTONE, "public_key", "signature")
REMEDY = "name its public key in AVIARY_AUDIT_OLD_KEYS if it was yours"


@dataclass(slots=True)
class Signed:
    """Hashes by entry, of all checkpoints; `vouched` are the entries that a trusted key signed."""

    FIELDS: ClassVar = ("seq", "hash", "at", "key_id", "public_key", "signature")
    trusted: frozenset[str]
    hashes: dict[int, str] = field(default_factory=dict)
    times: dict[int, str] = field(default_factory=dict)
    vouched: set[int] = field(default_factory=set)
    untrusted: set[str] = field(default_factory=set)
    problem: Problem | None = None

    @classmethod
    def of(cls, checkpoints: Iterable[Mapping[str, Any]], trusted: frozenset[str]) -> Signed:
        """Check each; the first bad one is `problem`. Without a trusted key none vouches for anything."""
        signed = cls(trusted)
        for each in checkpoints:
            problem = signed.take(each)
            signed.problem = signed.problem or problem
        return signed

    def take(self, checkpoint: Mapping[str, Any]) -> Problem | None:
        """One more; what is wrong with it."""
        seq = entry_number(checkpoint["seq"])
        try:
            at, message = chain.instant(checkpoint["at"]), chain.checkpoint_message(checkpoint)
        except chain.UNFIT:
            at, message = "", b""
        # The text is shown and kept; from elsewhere comes any.
        if seq is None or not message or not at.isprintable():
            return _unreadable("checkpoint", seq, checkpoint)
        what = f"the checkpoint of {at} at entry {seq}"
        if why := self.unsigned(checkpoint, message):
            return Problem(seq, UNSIGNED, f"{what} {why}")
        if self.hashes.setdefault(seq, checkpoint["hash"]) != checkpoint["hash"]:
            return Problem(seq, EDITED, f"{what} and another one name different entries {seq}")
        self.times[seq] = at
        if checkpoint["public_key"] in self.trusted:
            self.vouched.add(seq)
        return None

    def unsigned(self, row: Mapping[str, Any], message: bytes) -> str:
        """Why the signature of a row cannot be relied on, "" when it can."""
        public_key, key_id = str(row["public_key"]), row["key_id"]
        try:
            named = keyring.key_id(public_key)
        except keyring.BadKey as error:
            return f"names no key: {error}"
        if named != key_id or not keyring.holds(public_key, str(row["signature"]), message):
            return "has a bad signature"
        if public_key not in self.trusted:
            self.untrusted.add(named)
            if self.trusted:
                return f"is signed by the key {named}, which is not trusted: {REMEDY}"
        return ""


def checkpoint_problem(signed: Signed, seq: int, found: str, since: int) -> Problem | None:
    """Whether the entry is the one that was signed; `since` is the last one that agreed with a checkpoint."""
    if signed.hashes[seq] == found:
        return None
    first = since + 1
    which = f"entry {seq} is" if first == seq else f"entries {first} to {seq} are"
    return Problem(first, EDITED, f"{which} not what the checkpoint of {signed.times[seq]} signed")


def tombstone_problem(stone: Fields, seq: int, previous: str, signed: Signed) -> Problem | None:
    """Whether the tombstone covers what comes after `seq`, whose hash is `previous`."""
    first, last = entry_number(stone["first_seq"]), entry_number(stone["last_seq"])
    try:
        message = chain.tombstone_message(stone)
    except chain.UNFIT:
        message = b""
    if first is None or last is None or not message:
        return _unreadable("tombstone", first, stone)
    what = f"the tombstone of entries {first} to {last}"
    if why := signed.unsigned(stone, message):
        return Problem(first, UNSIGNED, f"{what} {why}")
    if first != seq + 1 or stone["prev_hash"] != previous or stone["count"] != last - first + 1:
        return Problem(seq + 1, EDITED, f"{what} does not follow entry {seq}")
    if signed.hashes.get(last, stone["last_hash"]) != stone["last_hash"]:
        return Problem(last, EDITED, f"{what} and a checkpoint name different entries {last}")
    return None


def _unreadable(what: str, seq: int | None, row: Mapping[str, Any]) -> Problem:
    which = f"at entry {seq}" if seq else f"with the id {row['id']}" if "id" in row else "from elsewhere"
    return Problem(seq, UNSIGNED, f"the {what} {which} cannot be read")
