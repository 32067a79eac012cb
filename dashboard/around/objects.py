"""What every parser of this folder needs: an object's name, its owner, and which Service a host means."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from dashboard.fields import Fields, Problems, clean

# Characters, and levels: what is longer is no line for people.
LONGEST = 300
DEEPEST = 6

Key = tuple[str, str]
Raw = Mapping[str, Any]


def read(raw: Raw) -> tuple[Fields, str, str]:
    """The object's fields, its namespace and its name."""
    top = Fields(raw, "", Problems())
    meta = top.inner("metadata")
    # The same few namespaces are in thousands of objects.
    return top, sys.intern(meta.text("namespace")), meta.text("name")


def owner(top: Fields) -> str:
    """The Canary for which Flagger made the object, or ""."""
    for reference in top.inner("metadata").inners("ownerReferences"):
        if reference.text("kind") == "Canary" and reference.text("apiVersion").startswith("flagger.app/"):
            return reference.text("name")
    return ""


def number_or_name(fields: Fields, name: str) -> str:
    """A port, which may be a number or a text; "" when absent or odd."""
    value = fields.values.get(name)
    return fields.text(name) if isinstance(value, str) else str(fields.whole(name) or "")


def service_key(host: str, namespace: str) -> Key | None:
    """Namespace and name of the Service that a host means to an object in `namespace`; None for others.

    `podinfo`, `podinfo.test`, `podinfo.test.svc` and `podinfo.test.svc.cluster.local` are one Service.
    """
    name, *rest = host.lower().rstrip(".").split(".")
    if not name or "*" in name:
        return None
    if not rest:
        return namespace, name
    if len(rest) == 1 or rest[1] == "svc":
        return rest[0], name
    return None


def listed(fields: Fields, name: str) -> tuple[str, ...]:
    """The texts of a list, others left out."""
    return tuple(value for value in fields.listed(name) if isinstance(value, str))


def percent(fields: Fields, name: str, default: int) -> int:
    """A number from 0 to 100, rounded; `default` when absent or odd."""
    value = fields.values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    # Not so for NaN, which is no JSON, but which Python reads.
    return round(min(max(value, 0), 100)) if value == value else default


def brief(value: object) -> str:
    """A small piece of a manifest in one short line: `{"exact": "x"}` is `exact x`."""
    text = " ".join(clean(_brief(value, 0)).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _brief(value: object, depth: int) -> str:
    if depth > DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_brief(inner, depth + 1)}".rstrip() for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_brief(inner, depth + 1) for inner in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
