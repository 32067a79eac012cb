"""Checks an export of Aviary's audit log, without Aviary: python verifier.py export.jsonl

Python 3.10 or newer and its standard library; `cryptography` where signatures are to be checked. The exit
status is 0 when all is sound, 1 when something was done to the log, 2 when it cannot be checked.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

FORM_1 = ("seq", "at", "action", "outcome", "actor_kind", "actor", "via", "subject", "cluster", "namespace",
    "name", "kind", "revision", "images", "phase", "weight", "before", "after", "reason", "decision",
    "source", "user_agent", "request_id", "prev_hash")  # fmt: skip
HASHED = {1: FORM_1, 2: (*FORM_1, "form", "auth", "images_from", "policy", "release")}
ENDS = ("count", "first_seq", "first_hash", "last_seq", "last_hash")
CHECKPOINT = ("seq", "hash", "at", "key_id")
TOMBSTONE = ("first_seq", "last_seq", "prev_hash", "last_hash", "count", "at", "export_sha256", "key_id")
EDITED, DELETED, INSERTED, REORDERED, TRUNCATED = "edited", "deleted", "inserted", "reordered", "truncated"
UNSIGNED = "signature"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", re.ASCII)  # compared as text
Fields = dict[str, Any]
Checkpoints = dict[int, tuple[str, str]]  # by number: hash, time


class Bad(Exception):
    """The first thing that is wrong: the number of the entry (None: the file), and what was done."""

    def __init__(self, seq: int | None, kind: str, text: str) -> None:
        self.seq, self.kind, self.text = seq, kind, text


class Chain:
    """Takes the entries in the order of the file; `after`, `previous`: what must come before the first."""

    def __init__(self, complete: bool, after: int, previous: str) -> None:
        self.complete, self.seq, self.hash = complete, after, previous
        self.start: tuple[int | None, str | None] = (None, None)  # number, and the hash before it
        self.count = self.gaps = self.run = 0  # `run`: where the entries without a gap up to here begin
        self.named: dict[int, tuple[int, str]] = {}  # of entries that checkpoints name: run, hash
        self.missing: tuple[int, int] | None = None  # the first gap where there must be none

    def take(self, entry: Fields, wanted: Checkpoints) -> None:
        """The next entry; `wanted` are the numbers to remember hashes of."""
        seq = own_hash(entry, self.seq)
        if seq <= self.seq:
            kind, lost = INSERTED if seq == self.seq else REORDERED, self.missing
            first = lost[0] if lost and lost[0] <= seq <= lost[1] else seq
            raise Bad(first, kind, f"entry {seq} stands behind entry {self.seq}")
        if seq == self.seq + 1 and (self.count or self.complete):
            if entry["prev_hash"] != self.hash:
                # Whoever edits an entry can hash it anew, but then the next one does not follow it.
                first = self.seq if self.count else seq
                raise Bad(first, EDITED, f"entry {seq} does not follow entry {self.seq} as it is here")
        else:
            self.run, self.gaps = seq, self.gaps + (self.count > 0)
            if self.complete and not self.missing:
                self.missing = (self.seq + 1, seq - 1)
        if not self.count:
            self.start = (seq, entry["prev_hash"])
        self.seq, self.hash, self.count = seq, entry["hash"], self.count + 1
        if seq in wanted:
            self.named[seq] = (self.run, self.hash)

    def gone(self) -> None:
        """Raise Bad where an entry is missing that did not come later."""
        if self.missing:
            raise Bad(self.missing[0], DELETED, f"entry {self.missing[0]} is missing")

    def end(self, manifest: Fields) -> None:
        """What the manifest says must be what was there."""
        self.gone()
        if self.seq < (last := manifest.get("last_seq") or 0):
            first = self.seq + 1 if self.complete else last
            raise Bad(first, TRUNCATED, f"the entries end with {self.seq}, the manifest says {last}")
        ends = (self.seq, self.hash) if self.count else (None, None)
        for name, found in zip(ENDS, (self.count, *self.start, *ends), strict=True):
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
        tail, step, size = b"", 65536, file.seek(0, 2)
        while b"\n" not in tail.rstrip(b"\n") and len(tail) < size:
            step = min(step * 2, size)
            file.seek(size - step)
            tail = file.read(step)
    last = tail.rstrip(b"\n").rpartition(b"\n")[2]
    body = parsed(last) or {}
    if not isinstance(body.get("manifest"), dict):
        raise Bad(None, TRUNCATED, "the file does not end with a manifest")
    if body["manifest"].get("format") != 1:
        raise ValueError("It has another format: download the verifier again from the Aviary it is of.")
    if not TIME.fullmatch(str(body["manifest"].get("made_at"))):
        raise Bad(None, EDITED, "the manifest's made_at is no time in UTC")
    return body["manifest"], size - len(tail) + tail.rfind(last)


def signed(row: Fields, what: str, names: tuple[str, ...], keys: set[bytes]) -> None:
    """Check the signature of a checkpoint or tombstone, by one of the keys; raises Bad, ValueError."""
    seq, title = row.get("seq", row.get("first_seq")), f"the {what} of {row.get('at')}"
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        if keys:
            raise ValueError("Checking signatures needs `cryptography`: pip install cryptography.") from None
        return
    try:
        raw, signature = (base64.b64decode(row[name], validate=True) for name in ("public_key", "signature"))
        message = packed({**{name: row[name] for name in names}, "aviary": what})
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (InvalidSignature, KeyError, TypeError, ValueError):
        raise Bad(seq, UNSIGNED, f"{title} has a bad signature") from None
    if keys and raw not in keys:
        raise Bad(seq, UNSIGNED, f"{title} is signed by a key you did not name")


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
                if (entry := parsed(line)) is None:
                    raise Bad(chain.seq + 1, EDITED, f"what follows entry {chain.seq} cannot be read")
                chain.take(entry, wanted)
            except Bad as bad:
                if chain.missing and bad.seq != chain.missing[0]:
                    chain.gone()
                raise
    return total.hexdigest()


def checkpoints_of(manifest: Fields, path: str | None, keys: set[bytes]) -> Checkpoints:
    """All checkpoints; where keys are given, each is signed by one of them."""
    rows = list(manifest.get("checkpoints", []))
    if path:
        with open(path, "rb") as file:
            rows += [parsed(line) or {} for line in file if line.strip()]
    found: Checkpoints = {}
    for row in rows:
        signed(row, "checkpoint", CHECKPOINT, keys)
        seq, value, at = row["seq"], row["hash"], row["at"]
        if type(seq) is not int:
            raise TypeError
        if seq in found and found[seq][0] != value:
            raise Bad(seq, EDITED, f"two checkpoints name different entries {seq}")
        found[seq] = (value, at)
    return found


def check(path: str, checkpoints: str | None, keys: set[bytes], whole: bool) -> Iterator[str]:
    """The lines that say what was proven; raises Bad, ValueError, OSError."""
    manifest, end = manifest_of(path)
    complete = manifest.get("complete") is True
    if whole and not complete:
        raise Bad(None, TRUNCATED, "the manifest says that it is only a part of the log")
    after, previous = pruned(manifest, keys) if complete else (0, "")
    named = checkpoints_of(manifest, checkpoints, keys)
    chain = Chain(complete, after, previous)
    total = walk(path, end, chain, named)
    agreed, runs = 0, dict[int, int]()
    for seq, (run, found) in chain.named.items():
        value, at = named[seq]
        if found != value:
            first = agreed + 1 if complete else seq
            raise Bad(first, EDITED, f"entries {first} to {seq} are not what the checkpoint of {at} signed")
        agreed = runs[run] = seq
    chain.end(manifest)
    if total != manifest.get("sha256", total):
        raise Bad(None, EDITED, "the bytes of the entries are not those of the manifest")
    later = beyond(chain, manifest, named)
    if later and whole and checkpoints:
        raise Bad(chain.seq + 1, TRUNCATED, f"a {later}")
    return report(chain, manifest["made_at"], runs if keys else {}, later)


def beyond(chain: Chain, manifest: Fields, named: Checkpoints) -> str:
    """What is to be said of checkpoints behind the end; raises Bad where one was there before the export."""
    later = [seq for seq in sorted(named) if seq > chain.seq]
    own = {row["seq"] for row in manifest.get("checkpoints", [])}
    for seq in later:
        # No export has checkpoints of what is not in it. When it was made, the manifest may say wrongly.
        if seq in own or (chain.complete and named[seq][1] < manifest["made_at"]):
            raise Bad(chain.seq + 1, TRUNCATED, f"entry {seq} was signed before this export was made")
    if not later:
        return ""
    what = f"checkpoint that you gave signs entry {seq} at {named[seq][1]}"
    rest = "it was cut off" if chain.complete else "the rest was filtered out or cut off"
    return f"{what}; this file ends at {chain.seq}: it must have been made before that, or {rest}"


def report(chain: Chain, made_at: str, runs: dict[int, int], later: str) -> Iterator[str]:
    """What was proven, for a person; `runs`: first and last of what a key vouches for."""
    yield f"Sound: {chain.count} entries, {chain.start[0]} to {chain.seq}; made at {made_at}, it says itself."
    if chain.complete:
        yield "Each follows the one before; none is missing."
    else:
        yield f"Each has its own hash. It is a part of the log: across its {chain.gaps} gaps, before its"
        yield "first entry and after its last the chain cannot be checked: entries may be missing there."
    if later:
        yield f"A {later}."
    if runs and chain.complete:
        yield f"Signed up to entry {max(runs.values())} by a key you named."
    elif runs:
        parts = ", ".join(f"{first} to {last}" for first, last in runs.items())
        yield f"Entries {parts} are signed by a key you named; any others have their own hashes only."
    else:
        yield "Nothing in it is signed by a key you named (--key): a file made anew would look the same."


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
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        why = error if isinstance(error, OSError | ValueError) else "manifest or checkpoints are not Aviary's"
        print(f"Cannot be checked: {why}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
