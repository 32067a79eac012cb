"""A Canary's manifest as people may see it: YAML as one would write it, with what is secret masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from dashboard.canary import LAST_APPLIED
from dashboard.fields import clean
from dashboard.masking import mask_text
from dashboard.secret_names import MASK, is_secret

# What a person wrote; the rest of the metadata is the API server's.
WRITTEN = ("name", "namespace", "labels", "annotations")
# Below a name such as `secretRef` these say which secret is meant, not what it says.
NAMING = frozenset({"apiVersion", "kind", "name", "namespace"})


class _Dumper(yaml.CSafeDumper):
    """Block style, and texts of several lines as blocks."""


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


@lru_cache(maxsize=256)
def shown(manifest: str) -> str:
    """The YAML of a Canary kept as JSON: without status, managedFields and what kubectl applied last,
    with tokens in addresses, in headers and under secret names masked."""
    raw: Mapping[str, Any] = json.loads(manifest)
    meta = raw.get("metadata")
    written = {key: meta[key] for key in WRITTEN if key in meta} if isinstance(meta, Mapping) else {}
    if isinstance(notes := written.get("annotations"), Mapping):
        kept = {key: value for key, value in notes.items() if key != LAST_APPLIED}
        written = {key: value for key, value in written.items() if key != "annotations" or kept}
        if kept:
            written["annotations"] = kept
    top = {key: raw[key] for key in ("apiVersion", "kind") if key in raw}
    whole = _masked({**top, "metadata": written, "spec": raw.get("spec")}, veiled=False)
    text: str = yaml.dump(
        whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=10_000
    )
    return text


def _masked(value: object, *, veiled: bool) -> object:
    """The same, masked; `veiled`: it stands below the name of a secret."""
    if isinstance(value, Mapping):
        return {
            clean(str(key)): _masked(inner, veiled=(veiled and key not in NAMING) or is_secret(str(key)))
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner, veiled=veiled) for inner in value]
    if not isinstance(value, str):
        return value
    return MASK if veiled and value else mask_text(clean(value))
