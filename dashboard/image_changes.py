"""Images old → new, taken apart so that a person sees which part differs: registry, name, tag or digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.view import ImageChange

# Digits of a digest that are shown while they tell two apart.
DIGITS = 12


@dataclass(frozen=True, slots=True)
class Image:
    """`registry` with its slash, or "" for Docker's own; `version` the tag and a short digest; `whole` as
    written."""

    registry: str
    name: str
    version: str
    whole: str


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One container; `old` or `new` None when the primary or the target does not have it (or is unknown).

    `state` is `same`, `changed`, `new`, `removed`, or `unknown` while there is no primary to compare with.
    """

    container: str
    old: Image | None
    new: Image | None
    state: str

    @property
    def moved(self) -> bool:
        """Whether registry or name differ, so that both are shown."""
        if self.old is None or self.new is None:
            return False
        return (self.old.registry, self.old.name) != (self.new.registry, self.new.name)


def rows(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, seen: tuple[ImageChange, ...]
) -> list[ImageRow]:
    """By container, those that differ first; `old` and `new` are pod templates, `seen` what is known
    without them."""
    if old is None or new is None:
        found = [_row(one.container, one.old, one.new, known=bool(one.old)) for one in seen]
    else:
        before, after = dict(_images(old)), dict(_images(new))
        found = [
            _row(name, before.get(name, ""), after.get(name, ""), known=True) for name in {**after, **before}
        ]
    return sorted(found, key=lambda row: row.state == "same")


def read(image: str, *, digits: int = DIGITS) -> Image:
    """`ghcr.io/shop/cart:2.1@sha256:ab…` taken apart, the digest cut to `digits`."""
    place, _at, digest = image.partition("@")
    head, slash, last = place.rpartition("/")
    name, _colon, tag = last.partition(":")
    first, _more, rest = head.partition("/")
    hosted = bool(slash) and (first == "localhost" or "." in first or ":" in first)
    path = rest if hosted else head
    algorithm, _colon, sum_ = digest.partition(":")
    short = f"{algorithm}:{sum_[:digits]}{'…' if len(sum_) > digits else ''}" if digest else ""
    version = " @".join(filter(None, (tag, short))) if tag else f"@{short}" if short else "latest"
    return Image(f"{first}/" if hosted else "", f"{path}/{name}" if path else name, version, image)


def _row(container: str, old: str, new: str, *, known: bool) -> ImageRow:
    before, after = (read(image) if image else None for image in (old, new))
    if old != new and before and after and before.version == after.version:
        before, after = read(old, digits=len(old)), read(new, digits=len(new))
    if not known:
        state = "unknown"
    elif before is None or after is None:
        state = "new" if after else "removed"
    else:
        state = "same" if old == new else "changed"
    return ImageRow(container, before, after, state)


def _images(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    spec = template.get("spec")
    if not isinstance(spec, Mapping):
        return
    for kind in ("containers", "initContainers"):
        containers = spec.get(kind)
        for one in containers if isinstance(containers, list) else ():
            if isinstance(one, Mapping) and isinstance(one.get("name"), str):
                image = one.get("image")
                yield one["name"], image if isinstance(image, str) else ""
