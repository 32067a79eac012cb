"""A primary as if it were no copy: without what Flagger changes when it copies the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.around.pairing import pairs
from dashboard.view import PRIMARY_SUFFIX

# Below these Flagger gives names and labels its suffix.
RENAMED = frozenset(
    (
        *("labels", "matchLabels", "values", "selector"),
        *("configMap", "configMapRef", "configMapKeyRef", "secret", "secretRef", "secretKeyRef"),
    )
)
# Written by kubectl and by Flagger; what Flux writes, Flagger does not copy.
NOISE = ("kubectl.kubernetes.io/last-applied-configuration", "flagger-id")
FLUX = "toolkit.fluxcd.io"
# The cluster gives each Service its own.
OWN = ("clusterIP", "clusterIPs", "healthCheckNodePort", "nodePort")


def undo(primary: Mapping[str, Any], target: Mapping[str, Any]) -> tuple[Any, Any]:
    """Both, ready to be compared: pod templates, or the specs of Services."""
    old, new = _without_noise(primary), _without_noise(target)
    return _renamed(old, new, False), new


def _without_noise(value: Any, inside: str = "") -> Any:
    """Without nulls, which count as absent, and without what says nothing about a release."""
    if isinstance(value, list):
        return [_without_noise(item, inside) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept = {}
    for key, inner in value.items():
        noise = inside in ("annotations", "labels") and (key in NOISE or FLUX in key)
        # `None` is what makes a Service headless.
        own = key in OWN and inner != "None" and inside in ("", "ports")
        if inner is None or noise or own:
            continue
        inner = _without_noise(inner, key)
        if inner or key not in ("annotations", "labels"):
            kept[key] = inner
    return kept


def _renamed(old: Any, new: Any, renamed: bool) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {key: _renamed(inner, new.get(key), renamed or key in RENAMED) for key, inner in old.items()}
    if isinstance(old, list) and isinstance(new, list):
        found = list(old)
        for _label, before, after in pairs(old, new):
            if before is not None and after is not None:
                found[before] = _renamed(old[before], new[after], renamed)
        return found
    copied = renamed and isinstance(new, str) and old == new + PRIMARY_SUFFIX
    return new if copied else old
