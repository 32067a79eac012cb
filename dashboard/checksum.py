"""Flagger's checksum: FNV-32a over what the status says was applied, as its webhooks carry it."""

from __future__ import annotations

from collections.abc import Mapping

# Kubernetes' alphabet for made-up names: no vowels, so that no words appear.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def checksum(tracked_configs: Mapping[str, str] | None, last_applied_spec: str) -> str:
    """`status.trackedConfigs` (None when absent) and `status.lastAppliedSpec` → the payload's checksum."""
    configs = "<nil>" if tracked_configs is None else _go_map(tracked_configs)
    # What go-spew prints with %#v for the anonymous struct in Flagger's canaryChecksum.
    text = (
        "(struct { TrackedConfigs *map[string]string; LastAppliedSpec string })"
        f"{{TrackedConfigs:(*map[string]string){configs} LastAppliedSpec:(string){last_applied_spec}}}"
    )
    digits = str(_fnv_32a(text.encode("utf-8", "replace")))
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in digits)


def _go_map(values: Mapping[str, str]) -> str:
    pairs = sorted(values.items(), key=lambda pair: pair[0].encode("utf-8", "replace"))
    return "map[" + " ".join(f"{key}:{value}" for key, value in pairs) + "]"


def _fnv_32a(data: bytes) -> int:
    result = 0x811C9DC5
    for byte in data:
        result = (result ^ byte) * 0x01000193 & 0xFFFFFFFF
    return result
