"""What of ours a webhook's address means: a drop-in switch, a typed hook, a task, a constant, or nothing.

Only the path decides. Under which host names Flagger reaches Aviary cannot be known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from gates import addresses
from gates.addresses import APPROVE, HALT, HOOK, TASK, Address
from gates.keys import DEFAULT_CLUSTER

_PREFIXED = re.compile(r"(?:/t/[^/]+)?(?:/clusters/([^/]+))?(/.*)", re.DOTALL)
_PREFIX = re.compile(r"/(?:t|clusters)/")


class Kind(StrEnum):
    """`TASK` is the load tester's `/`; `FOREIGN` everything that Aviary would answer with a 404."""

    DROP_IN = "drop-in"
    TYPED = "typed"
    TASK = "task"
    CONSTANT = "constant"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class HookAddress:
    """`hook` is the type that a typed address names; `gate` the optional name behind it, or the switch of a
    drop-in address (`gate`, `rollback`); `action` is `check`, `open` or `close`, of a constant `approve` or
    `halt`; `cluster` the one that the address names, "" for the only one."""

    kind: Kind
    hook: str = ""
    gate: str = ""
    action: str = ""
    cluster: str = ""

    @property
    def ours(self) -> bool:
        """Aviary itself answers here."""
        return self.kind in (Kind.DROP_IN, Kind.TYPED, Kind.CONSTANT)


FOREIGN = HookAddress(Kind.FOREIGN)


# Most canaries of a cluster ask the same few addresses, and every drawing wants to know what they mean.
@lru_cache(maxsize=4096)
def meaning(url: str) -> HookAddress:
    """What the address means to Aviary; `url` as written or masked. Never raises."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return FOREIGN
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return FOREIGN
    # Go sends an empty path as "/".
    match = _PREFIXED.fullmatch(parts.path or "/")
    # Once in front, in this order: anything else is a 404.
    if match is None or _PREFIX.match(match[2]):
        return FOREIGN
    found, _ = addresses.find({"method": "POST", "raw_path": _raw(match[2]), "query_string": b""})
    return _of(found, match[1] or "") if found else FOREIGN


def meaning_in(cluster: str, url: str) -> HookAddress:
    """The same to a canary of that cluster: an address of another one is foreign to it."""
    at = meaning(url)
    return at if at.kind is Kind.TASK or (at.cluster or DEFAULT_CLUSTER) == cluster else FOREIGN


def base(url: str) -> str:
    """What stands in front of the listed path: scheme, host, and prefixes as they are shown; "" for a
    foreign address."""
    if meaning(url).kind is Kind.FOREIGN:
        return ""
    parts = urlsplit(url)
    match = _PREFIXED.fullmatch(parts.path or "/")
    prefix = parts.path[: match.start(2)] if match else ""
    return f"{parts.scheme}://{parts.netloc}{prefix}"


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "replace")


def _of(found: Address, cluster: str) -> HookAddress:
    if found.action == HOOK:
        return HookAddress(Kind.TYPED, hook=found.kind, gate=found.gate, cluster=cluster)
    if found.action == TASK:
        return HookAddress(Kind.TASK, cluster=cluster)
    if found.action in (APPROVE, HALT):
        return HookAddress(Kind.CONSTANT, action=found.action, cluster=cluster)
    if found.kind:
        return HookAddress(Kind.DROP_IN, gate=found.kind, action=found.action, cluster=cluster)
    # Health and metrics are no hooks.
    return FOREIGN
