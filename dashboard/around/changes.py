"""What differs between two templates, one row for each thing that a person would name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboard.around.copies import undo
from dashboard.around.objects import brief
from dashboard.around.pairing import pairs
from dashboard.around.veiling import veil

CONTAINERS = ("containers", "initContainers")
# Their keys are names of somebody's own, with dots and slashes.
FREE = ("annotations", "labels", "matchLabels", "nodeSelector", "selector")


class How(StrEnum):
    """What happened to the thing."""

    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"


class Area(StrEnum):
    """What the thing is, the most looked at first."""

    IMAGE = "image"
    ENV = "env"
    RESOURCES = "resources"
    PROBE = "probe"
    VOLUME = "volume"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """`path` such as `containers[app].env[LEVEL]`; `old` and `new` in one line, masked, "" where there is
    none; `container` the name of the one it belongs to, or ""."""

    how: How
    area: Area
    path: str
    old: str
    new: str
    container: str = ""


def changes(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Change]:
    """From the primary's template to the target's, by area and path; none while one of them is unknown.

    Also for the specs of Services. What Flagger changes in its copies is no change.
    """
    if old is None or new is None:
        return []
    before, after = veil(*undo(old, new))
    rows = [_row(path, was, now) for path, was, now in _differing((), before, after)]
    return sorted(rows, key=lambda row: (list(Area).index(row.area), row.path))


Path = tuple[str, ...]


def _differing(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not _is_env(path):
        for key in dict.fromkeys([*old, *new]):
            yield from _differing((*path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and _holds_maps([*old, *new]):
        yield from _items(path, old, new)
    elif path[-1:] in {(name,) for name in (*CONTAINERS, "env", "volumes")}:
        # Of a list that is only on one side, its items are what was added or taken away.
        yield from _items(path, old or [], new or [])
    else:
        yield path, old, new


def _items(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    if not (isinstance(old, list) and isinstance(new, list)):
        yield path, old, new
        return
    for label, was, now in pairs(old, new):
        before, after = None if was is None else old[was], None if now is None else new[now]
        yield from _differing((*path, f"[{label}]"), before, after)


def _holds_maps(items: list[Any]) -> bool:
    return any(isinstance(item, Mapping) for item in items)


def _is_env(path: Path) -> bool:
    return path[-2:-1] == ("env",)


def _row(path: Path, old: Any, new: Any) -> Change:
    how = How.NEW if old is None else How.REMOVED if new is None else How.CHANGED
    return Change(how, _area(path), _said(path), _text(path, old), _text(path, new), _container(path))


def _said(path: Path) -> str:
    """`("spec", "containers", "[app]", "image")` is `containers[app].image`."""
    text = ""
    for place, part in enumerate(path[1:] if path[:1] == ("spec",) else path):
        free = text.rpartition(".")[2] in FREE
        if free and not part.startswith("["):
            part = f"[{part}]"
        text += part if not place or part.startswith("[") else f".{part}"
    return text


def _container(path: Path) -> str:
    inside = len(path) > 2 and path[0] == "spec" and path[1] in CONTAINERS
    return path[2].strip("[]") if inside else ""


def _area(path: Path) -> Area:
    if path[-1] == "image":
        return Area.IMAGE
    if _container(path) and len(path) > 3:
        field = path[3]
        if field in ("env", "envFrom"):
            return Area.ENV
        if field == "resources":
            return Area.RESOURCES
        if field.endswith("Probe"):
            return Area.PROBE
        if field in ("volumeMounts", "volumeDevices"):
            return Area.VOLUME
    if len(path) == 3 and _container(path):
        return Area.IMAGE
    return Area.VOLUME if path[:2] == ("spec", "volumes") else Area.OTHER


def _text(path: Path, value: Any) -> str:
    """One line for people."""
    if isinstance(value, Mapping):
        if _is_env(path):
            return _env(value)
        if len(path) == 3 and _container(path):
            return brief(value.get("image"))
        rest = {key: inner for key, inner in value.items() if f"[{inner}]" != path[-1]}
        return brief(rest)
    if isinstance(value, list) and path[-1] in ("command", "args"):
        return " ".join(brief(item) for item in value)
    return brief(value)


def _env(value: Mapping[str, Any]) -> str:
    """A value, or where it is from: `secretKeyRef db password`."""
    if "valueFrom" not in value:
        return brief(value.get("value", ""))
    source = value["valueFrom"]
    if not isinstance(source, Mapping):
        return brief(source)
    parts = []
    for kind, reference in source.items():
        inner = reference if isinstance(reference, Mapping) else {"": reference}
        names = [brief(inner[key]) for key in ("name", "key", "fieldPath", "resource") if key in inner]
        parts.append(" ".join([kind, *names]))
    return ", ".join(parts)
