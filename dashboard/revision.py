"""The revision: what is being rolled out, as one hash that stays the same when nothing was changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# Flagger adds it to a DaemonSet's template to scale it to zero, and takes it away again.
SCALE_TO_ZERO = "flagger.app/scale-to-zero"


def revision(kind: str, raw: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the target's normalised pod template, for a Service of its spec; "" without one."""
    text = canonical(kind, raw)
    return hashlib.sha256(text).hexdigest() if text else ""


def canonical(kind: str, raw: Mapping[str, Any]) -> bytes:
    """The normalised pod template, for a Service its spec, as JSON that is hashed; empty without one."""
    spec = raw.get("spec")
    part = spec.get("template") if kind != "Service" and isinstance(spec, Mapping) else spec
    return _json(normalise(part)) if isinstance(part, Mapping) else b""


def normalise(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """The template without Flagger's nodeSelector, and without a nodeSelector that is then empty."""
    pod = template.get("spec")
    if not isinstance(pod, Mapping) or "nodeSelector" not in pod:
        return template
    selector = pod["nodeSelector"]
    if isinstance(selector, Mapping):
        selector = {key: value for key, value in selector.items() if key != SCALE_TO_ZERO}
    rest = {key: value for key, value in pod.items() if key != "nodeSelector"}
    return {**template, "spec": {**rest, "nodeSelector": selector} if selector else rest}


def digest(value: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the value's canonical JSON: sorted keys, no spaces, ASCII."""
    return hashlib.sha256(_json(value)).hexdigest()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode("ascii")
