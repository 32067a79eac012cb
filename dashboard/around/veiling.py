"""Two templates side by side with what is secret masked on both, and still to be seen where they differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboard.around.pairing import pairs
from dashboard.command_lines import is_user, mask_command, mask_header
from dashboard.masking import mask_text
from dashboard.secret_names import MASK, is_secret

# Follows a mask where both sides are masked and yet differ.
OTHER = "another value"
# Known by its look alone: private keys, JSON web tokens, keys of AWS, GitHub, Slack and Google.
_LOOKS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{8,}\.[\w-]{8,}\.|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bAIza[\w-]{30,}"
)
COMMANDS = ("command", "args")
USERS = ("-u", "-U", "--user", "--proxy-user")


def veil(old: Any, new: Any) -> tuple[Any, Any]:
    """Both sides masked; a mask on the new side says so when it hides another value than on the old one."""
    return _veil(old, new, "", secret=False)


def _veil(old: Any, new: Any, inside: str, *, secret: bool) -> tuple[Any, Any]:
    """`inside` is the field that holds them; None on one side: there is nothing to compare with."""
    if type(old) is not type(new) and old is not None and new is not None:
        before, _nothing = _veil(old, None, inside, secret=secret)
        _nothing, after = _veil(None, new, inside, secret=secret)
        return before, after
    either = new if old is None else old
    if isinstance(either, Mapping):
        return _maps(old or {}, new or {}, inside, (old is None, new is None))
    if isinstance(either, list):
        return _lists(old or [], new or [], inside, (old is None, new is None), secret=secret)
    veiled = [_leaf(side, inside, secret=secret) for side in (old, new)]
    if old is not None and new is not None and old != new and veiled[0] == veiled[1]:
        veiled[1] = f"{veiled[1]} ({OTHER})"
    return veiled[0], veiled[1]


def _maps(
    old: Mapping[str, Any], new: Mapping[str, Any], inside: str, absent: tuple[bool, bool]
) -> tuple[Any, Any]:
    sides: tuple[dict[str, Any], dict[str, Any]] = {}, {}
    for key in dict.fromkeys([*old, *new]):
        # An environment variable, or a header of a probe.
        named = str(old.get("name") or new.get("name") or "") if key == "value" else ""
        hidden = is_secret(key if inside == "annotations" else named)
        for side, whole, part in zip(
            sides, (old, new), _veil(old.get(key), new.get(key), key, secret=hidden), strict=True
        ):
            if key in whole:
                side[key] = part
    return None if absent[0] else sides[0], None if absent[1] else sides[1]


def _lists(
    old: list[Any], new: list[Any], inside: str, absent: tuple[bool, bool], *, secret: bool
) -> tuple[Any, Any]:
    before, after = list(old), list(new)
    flags = _flags(old, inside), _flags(new, inside)
    for _label, was, now in pairs(old, new):
        hidden = secret or (was is not None and was in flags[0]) or (now is not None and now in flags[1])
        veiled = _veil(
            None if was is None else old[was], None if now is None else new[now], inside, secret=hidden
        )
        if was is not None:
            before[was] = veiled[0]
        if now is not None:
            after[now] = veiled[1]
    return None if absent[0] else before, None if absent[1] else after


def _flags(items: list[Any], inside: str) -> set[int]:
    """The places that follow a flag such as `--password`, which has its value in the next place."""
    if inside not in COMMANDS:
        return set()
    return {
        place + 1
        for place, item in enumerate(items)
        if isinstance(item, str) and item.startswith("-") and "=" not in item and is_secret(item)
    } | {place for place in range(1, len(items)) if _user(items[place - 1], items[place])}


def _user(option: Any, value: Any) -> bool:
    """`-u`, and `user:password` behind it."""
    return option in USERS and isinstance(value, str) and is_user(value)


def _leaf(value: Any, inside: str, *, secret: bool) -> Any:
    if secret and value not in (None, ""):
        return MASK
    if not isinstance(value, str):
        return value
    if _LOOKS.search(value):
        return MASK
    value = mask_text(value)
    return mask_header(mask_command(value, certain=True)) if inside in COMMANDS else value
