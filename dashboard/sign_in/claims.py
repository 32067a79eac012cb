"""What a provider says of somebody, as an identity. Pure but for the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from gates.outside import MOST_GROUPS, OIDC, Identity


def identity(claims: Mapping[str, Any]) -> Identity:
    """`claims` holds `id_token` and, where it was asked for, `userinfo`; the subject is the ID token's."""
    token = claims["id_token"]
    said = {**token, **claims.get("userinfo", {})}
    return Identity(
        OIDC,
        settings.OIDC_ISSUER,
        str(token.get("sub", "")),
        _text(_claim(said, settings.OIDC_USER_CLAIM)) or _text(said.get("email")) or _text(token.get("sub")),
        groups(_claim(said, settings.OIDC_GROUPS_CLAIM)),
        _text(said.get("email")),
    )


def groups(value: Any) -> tuple[str, ...]:
    """A list of names, or one name; whatever else a provider sends gives no group."""
    values = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    # Some write them as paths.
    names = [each.strip().removeprefix("/") for each in values[:MOST_GROUPS] if isinstance(each, str)]
    return tuple(dict.fromkeys(name for name in names if name and name.isprintable()))


def _claim(said: Mapping[str, Any], name: str) -> Any:
    """`groups`, or a way through objects: `realm_access.roles`."""
    if name in said:
        return said[name]
    found: Any = said
    for step in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) and value.isprintable() else ""
