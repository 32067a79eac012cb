"""Checks an export of Aviary's audit log, without Aviary: python verifier.py export.jsonl

Python 3.10 or newer and its standard library; `cryptography` where signatures are to be checked. The exit
status is 0 when all is sound, 1 when something was done to the log, 2 when it cannot be checked.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

FORM_1 = (
    "seq", "at", "action", "outcome", "actor_kind", "actor", "via", "subject", "cluster", "namespace", "name",
    "kind", "revision", "images", "phase", "weight", "before", "after", "reason", "decision", "source",
    "user_agent", "request_id", "prev_hash",
)  # fmt: skip
FORM_2 = (*FORM_1, "form", "auth", "images_from", "policy", "release")
HASHED = {1: FORM_1, 2: FORM_2}
ENDS = ("count", "first_seq", "first_hash", "last_seq", "last_hash")
CHECKPOINT = ("seq", "hash", "at", "key_id")
TOMBSTONE = ("first_seq", "last_seq", "prev_hash", "last_hash", "count", "at", "export_sha256", "key_id")
EDITED, DELETED, INSERTED, REORDERED, TRUNCATED = "edited", "deleted", "inserted", "reordered", "truncated"
UNSIGNED = "signature"
Fields = dict[str, Any]
Checkpoints = dict[int, tuple[str, str, bool]]


class Bad(Exception):
    """The first thing that is wrong: the number of the entry (None: the file), and what was done."""

    def __init__(self, seq: int | None, kind: str, text: str) -> None:
        super().__init__(text)
        self.seq, self.kind, self.text = seq, kind, text


class Unusable(Exception):
    """It cannot be checked; the text says what to do."""


class Chain:
    """Takes the entries in the order of the file; `after`, `previous`: what must come before the first."""

    def __init__(self, complete: bool, after: int, previous: str) -> None:
        self.complete, self.seq, self.hash = complete, after, previous
        self.first: int | None = None
        self.first_hash: str | None = None
        self.count, self.gaps = 0, 0
        self.hashes: dict[int, str] = {}  # of the entries that checkpoints name
        self.missing: tuple[int, int] | None = None  # the first gap where there must be none

    def take(self, entry: Fields, wanted: Checkpoints) -> None:
        """The next entry; `wanted` are the numbers to remember hashes of."""
        seq = own_hash(entry, self.seq)
        if self.missing and self.missing[0] <= seq <= self.missing[1]:
            raise Bad(self.missing[0], REORDERED, f"entry {seq} stands behind entry {self.seq}")
        if seq <= self.seq:
            kind = INSERTED if seq == self.seq else REORDERED
            raise Bad(seq, kind, f"entry {seq} stands behind entry {self.seq}")
        started = self.count or self.complete
        if started and seq == self.seq + 1 and entry["prev_hash"] != self.hash:
            # Whoever edits an entry can hash it anew, but then the next one does not follow it.
            raise Bad(
                self.seq if self.count else seq,
                EDITED,
                f"entry {seq} does not follow entry {self.seq} as it is here",
            )
        if started and seq > self.seq + 1:
            self.gaps += 1
            if self.complete and not self.missing:
                self.missing = (self.seq + 1, seq - 1)
        if not self.count:
            self.first, self.first_hash = seq, entry["prev_hash"]
        self.seq, self.hash, self.count = seq, entry["hash"], self.count + 1
        if seq in wanted:
            self.hashes[seq] = self.hash

    def gone(self) -> None:
        """Raise Bad where an entry is missing that did not come later."""
        if self.missing:
            raise Bad(self.missing[0], DELETED, f"entry {self.missing[0]} is missing")

    def end(self, manifest: Fields) -> None:
        """What the manifest says must be what was there."""
        last = manifest.get("last_seq") or 0
        self.gone()
        if self.seq < last:
            first = self.seq + 1 if self.complete else last
            raise Bad(first, TRUNCATED, f"the entries end with {self.seq}, the manifest says {last}")
        ends = (self.seq, self.hash) if self.count else (None, None)
        for name, found in zip(ENDS, (self.count, self.first, self.first_hash, *ends), strict=True):
            if manifest.get(name) != found:
                raise Bad(None, EDITED, f"the manifest's {name} is wrong: the entries say {found}")


def packed(body: Fields) -> bytes:
    """JSON with sorted keys, UTF-8, no blanks."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(entry: Fields) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(packed({name: entry[name] for name in HASHED[entry.get("form", 1)]})).hexdigest()


def own_hash(entry: Fields, before: int) -> int:
    """The entry's number, once its fields have its hash."""
    seq, form = entry.get("seq"), entry.get("form", 1)
    if type(seq) is not int or type(form) is not int or form not in HASHED:
        raise Bad(before + 1, EDITED, f"the entry after {before} has no number or an unknown form")
    if set(entry) | {"form"} != {*HASHED[form], "form", "hash"}:
        raise Bad(seq, EDITED, f"entry {seq} has fields too many or too few")
    if digest(entry) == entry["hash"]:
        return seq
    for home, kind in ((before + 1, EDITED), (seq + 1, DELETED), (seq - 1, INSERTED)):
        if digest({**entry, "seq": home}) == entry["hash"]:
            raise Bad(min(seq, before + 1), kind, f"entry {seq} was entry {home}: it has a new number")
    raise Bad(seq, EDITED, f"entry {seq} does not have the hash of its fields")


def once(pairs: list[tuple[str, Any]]) -> Fields:
    """A JSON object; a name that is there twice would be read one way here and another way elsewhere."""
    body = dict(pairs)
    if len(body) != len(pairs):
        raise ValueError("a name is there twice")
    return body


def parsed(line: bytes) -> Fields | None:
    """The object of a line, or None."""
    try:
        body = json.loads(line.decode("utf-8"), object_pairs_hook=once)
        return body if isinstance(body, dict) and packed(body) else None
    except (ValueError, RecursionError):
        return None


def manifest_of(path: str) -> tuple[Fields, int]:
    """The last line's manifest, and where it begins."""
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        tail, step = b"", 65536
        while b"\n" not in tail.rstrip(b"\n") and len(tail) < size:
            step = min(step * 2, size)
            file.seek(size - step)
            tail = file.read(step)
    last = tail.rstrip(b"\n").rpartition(b"\n")[2]
    body = parsed(last) or {}
    if not isinstance(body.get("manifest"), dict):
        raise Bad(None, TRUNCATED, "the file does not end with a manifest")
    if body["manifest"].get("format") != 1:
        raise Unusable(
            "This export has another format: download the verifier again from the Aviary it is of."
        )
    return body["manifest"], size - len(tail) + tail.rfind(last)


def signed(row: Fields, what: str, names: tuple[str, ...], keys: set[bytes]) -> bool:
    """Whether a checkpoint or tombstone has a signature of one of the keys; raises Bad, Unusable."""
    seq, title = row.get("seq", row.get("first_seq")), f"the {what} of {row.get('at')}"
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        if keys:
            raise Unusable("Checking signatures needs `cryptography`: pip install cryptography.") from None
        return False
    try:
        raw = base64.b64decode(row["public_key"], validate=True)
        message = packed({**{name: row[name] for name in names}, "aviary": what})
        signature = base64.b64decode(row["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (InvalidSignature, KeyError, TypeError, ValueError):
        raise Bad(seq, UNSIGNED, f"{title} has a bad signature") from None
    if keys and raw not in keys:
        raise Bad(seq, UNSIGNED, f"{title} is signed by a key you did not name")
    return bool(keys)


def pruned(manifest: Fields, keys: set[bytes]) -> tuple[int, str]:
    """What must come before the first entry: its number and hash, from the tombstones."""
    seq, previous = 0, ""
    for stone in manifest.get("tombstones", []):
        signed(stone, "tombstone", TOMBSTONE, keys)
        if (stone["first_seq"], stone["prev_hash"]) != (seq + 1, previous):
            raise Bad(seq + 1, DELETED, f"no tombstone covers the entries from {seq + 1} on")
        seq, previous = stone["last_seq"], stone["last_hash"]
    return seq, previous


def walk(path: str, end: int, chain: Chain, wanted: Checkpoints) -> str:
    """Take every entry of the file; the SHA-256 of their bytes."""
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while file.tell() < end:
            line = file.readline()
            total.update(line)
            try:
                entry = parsed(line)
                if entry is None:
                    raise Bad(chain.seq + 1, EDITED, f"what follows entry {chain.seq} cannot be read")
                chain.take(entry, wanted)
            except Bad as bad:
                if chain.missing and bad.seq != chain.missing[0]:
                    chain.gone()
                raise
    return total.hexdigest()


def checkpoints_of(manifest: Fields, path: str | None, keys: set[bytes]) -> Checkpoints:
    """All checkpoints by number: (hash, time, whether one of the keys signed it)."""
    rows = list(manifest.get("checkpoints", []))
    if path:
        with open(path, "rb") as file:
            rows += [parsed(line) or {} for line in file if line.strip()]
    found: Checkpoints = {}
    for row in rows:
        trusted = signed(row, "checkpoint", CHECKPOINT, keys)
        seq, value, at = row["seq"], row["hash"], row["at"]
        if type(seq) is not int:
            raise TypeError
        if seq in found and found[seq][0] != value:
            raise Bad(seq, EDITED, f"two checkpoints name different entries {seq}")
        found[seq] = (value, at, trusted or (seq in found and found[seq][2]))
    return found


def check(path: str, checkpoints: str | None, keys: set[bytes], whole: bool) -> Iterator[str]:
    """The lines that say what was proven; raises Bad, Unusable, OSError."""
    manifest, end = manifest_of(path)
    complete = manifest.get("complete") is True
    if whole and not complete:
        raise Bad(None, TRUNCATED, "the manifest says that it is only a part of the log")
    after, previous = pruned(manifest, keys) if complete else (0, "")
    named = checkpoints_of(manifest, checkpoints, keys)
    chain = Chain(complete, after, previous)
    total = walk(path, end, chain, named)
    agreed = upto = 0
    for seq in sorted(named):
        value, at, trusted = named[seq]
        if chain.hashes.get(seq, value) != value:
            first = agreed + 1 if complete else seq
            raise Bad(first, EDITED, f"entries {first} to {seq} are not what the checkpoint of {at} signed")
        if seq in chain.hashes:
            agreed, upto = seq, seq if trusted else upto
    chain.end(manifest)
    later = [seq for seq in named if seq > chain.seq and named[seq][1] <= manifest.get("made_at", "")]
    if complete and later:
        raise Bad(chain.seq + 1, TRUNCATED, f"entry {max(later)} was signed before this export was made")
    if total != manifest.get("sha256", total):
        raise Bad(None, EDITED, "the bytes of the entries are not those of the manifest")
    return report(chain, str(manifest.get("made_at")), complete, upto, named)


def report(chain: Chain, made_at: str, complete: bool, upto: int, named: Checkpoints) -> Iterator[str]:
    """What was proven, for a person."""
    yield f"Sound: {chain.count} entries, {chain.first} to {chain.seq}; made at {made_at}, says the manifest."
    if complete:
        yield "Each follows the one before; none is missing."
    else:
        yield f"Each has its own hash. It is a part of the log: across its {chain.gaps} gaps and before its"
        yield "first entry the chain cannot be checked, and whether entries are missing there is not proven."
    if upto:
        yield f"Signed up to entry {upto} by a key you named."
    else:
        names = "signed, but by no key you named (--key)" if named else "not signed"
        yield f"It is {names}: somebody who made the whole file anew would not be noticed."


def main() -> int:
    """Read the arguments, check, say it."""
    parser = argparse.ArgumentParser(description="Check an export of Aviary's audit log (JSON Lines).")
    parser.add_argument("export")
    parser.add_argument("--checkpoints", help="checkpoints that were kept elsewhere, JSON Lines")
    parser.add_argument("--key", action="append", default=[], help="a public key to trust, in base64")
    parser.add_argument("--complete", action="store_true", help="refuse what is only a part of the log")
    given = parser.parse_args()
    try:
        keys = {base64.b64decode(each, validate=True) for each in given.key}
        for line in check(given.export, given.checkpoints, keys, given.complete):
            print(line)
    except Bad as bad:
        where = "the file" if bad.seq is None else f"entry {bad.seq}"
        print(f"Not sound: {bad.kind} at {where}: {bad.text}.")
        return 1
    except (Unusable, OSError, ValueError) as error:
        print(f"Cannot be checked: {error}", file=sys.stderr)
        return 2
    except (AttributeError, KeyError, TypeError):
        print("Cannot be checked: manifest or checkpoints are not as Aviary writes them.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
