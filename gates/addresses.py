"""Which addresses Flagger may call, byte for byte; everything near them is nobody's.

The load tester takes every unknown address for a task and answers 202; on a rollback hook that would roll
production back. So an address is listed here exactly as it is written, or it is a 404.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Set
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from gates.confirm_rules import Hook
from gates.keys import DEFAULT_CLUSTER, GATE, ROLLBACK

APPROVE, HALT, CHECK, OPEN, CLOSE, TASK = "approve", "halt", "check", "open", "close", "task"
HOOK = "hook"
HEALTH, READY, METRICS = "healthz", "readyz", "metrics"


class Address(NamedTuple):
    """One listed address: `label` names it in the metrics, `kind` is the switch or the hook it is about,
    `gate` the name behind a typed hook's address, `cluster` whose Flagger calls there."""

    label: str
    action: str
    kind: str = ""
    gate: str = ""
    cluster: str = DEFAULT_CLUSTER


_LISTED = (
    Address("/gate/approve", APPROVE, GATE),
    Address("/gate/halt", HALT, GATE),
    Address("/gate/check", CHECK, GATE),
    Address("/gate/open", OPEN, GATE),
    Address("/gate/close", CLOSE, GATE),
    Address("/rollback/check", CHECK, ROLLBACK),
    Address("/rollback/open", OPEN, ROLLBACK),
    Address("/rollback/close", CLOSE, ROLLBACK),
    Address("/", TASK),
    *(Address(f"/hooks/{hook}", HOOK, hook) for hook in Hook),
)
_OPERATION = (Address("/healthz", HEALTH), Address("/readyz", READY), Address("/metrics", METRICS))
_HOOKS = {address.label.encode(): address for address in _LISTED}
_PLAIN = _HOOKS | {address.label.encode(): address for address in _OPERATION}
_OWNED = frozenset({"gate", "rollback", "hooks", "t", "clusters", "healthz", "readyz", "metrics"})
_FIRST_WORD = re.compile(r"[^a-z]*([a-z]*)")
# Two hooks of one type each take a name; anything that would need escaping is not one.
_NAMED = re.compile(rb"(/hooks/[a-z-]+)/([A-Za-z0-9._~-]{1,100})")
# Pages of a canary in one of several clusters: the only ones that begin like an address of ours.
_PAGE = re.compile(r"/clusters/[a-z0-9-]{1,63}/canaries/.+", re.DOTALL)
_ONE = frozenset({DEFAULT_CLUSTER})
_PREFIXED = re.compile(rb"(?:/t/([^/]+))?(?:/clusters/([^/]+))?(/.*)", re.DOTALL)


def owns(scope: Mapping[str, Any]) -> bool:
    """This request is for Flagger's side of Aviary, listed or not; pages never see it."""
    raw: bytes = scope["raw_path"]
    if raw == b"/":
        return bool(scope["method"] == "POST")
    if raw in _PLAIN:
        return True
    # What any proxy or client might make of the path must not end on a page that answers 2xx or redirects.
    path: str = posixpath.normpath("/" + unquote(scope["path"]).replace("\\", "/").lstrip("/"))
    if _PAGE.fullmatch(path) and raw.startswith(b"/clusters/"):
        return False
    return _FIRST_WORD.match(path.lower())[1] in _OWNED  # type: ignore[index]  # it always matches


def find(scope: Mapping[str, Any], clusters: Set[str] = _ONE) -> tuple[Address | None, str]:
    """The address and the token that came with it ("" without one); None for a 404.

    Without a name in it an address means the cluster `default`, and is nobody's where there is none.
    """
    raw: bytes = scope["raw_path"]
    token = _query_token(scope["query_string"]) if scope["query_string"] else ""
    address, cluster = _PLAIN.get(raw) or _named(raw), DEFAULT_CLUSTER
    if address is None:
        match = _PREFIXED.fullmatch(raw)
        if match is None or (match[1] is None and match[2] is None):
            return None, token
        if match[2] is not None:
            cluster = match[2].decode("latin-1")
            if cluster not in clusters:
                return None, token
        address = _HOOKS.get(match[3]) or _named(match[3])
        # Tokens are made of characters that an address keeps as they are.
        token = match[1].decode("ascii", "replace") if match[1] else token
    if address is not None and address.action == TASK and scope["method"] != "POST":
        return None, token
    # A task is the load tester's, whichever clusters there are.
    if address is not None and address.kind and cluster not in clusters:
        return None, token
    if address is not None and cluster != DEFAULT_CLUSTER:
        address = address._replace(cluster=cluster)
    return address, token


def _named(raw: bytes) -> Address | None:
    """A typed hook's address with a gate name behind it."""
    match = _NAMED.fullmatch(raw)
    address = _HOOKS.get(match[1]) if match else None
    if match is None or address is None or match[2] in {b".", b".."}:
        return None
    return address._replace(gate=match[2].decode("ascii"))


def _query_token(query: bytes) -> str:
    pairs = parse_qsl(query.decode("ascii", "replace"))
    return next((value for name, value in pairs if name == "token"), "")
