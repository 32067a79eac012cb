"""From the primary's template to the target's, as text and as rows."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import yaml

from dashboard.around.changes import Area, Change, How, changes
from dashboard.around.copies import undo
from dashboard.around.veiling import veil

__all__ = ["Area", "Change", "How", "changes", "difference"]

# Lines that stay the same and are shown above and below a change.
CONTEXT = 3
# Lines that are compared; a template as long as that is somebody's mistake.
LONGEST = 4000


def difference(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    """A unified diff of both as YAML, from `primary` to `target`; "" without one, or while one is unknown.

    What is secret is masked; what Flagger changes in its copies is left out. Lines end with a newline.
    """
    if old is None or new is None:
        return ""
    before, after = (_lines(side) for side in veil(*undo(old, new)))
    return "\n".join(difflib.unified_diff(before, after, "primary", "target", n=CONTEXT, lineterm=""))


class _Dumper(yaml.CSafeDumper):
    """Texts of several lines stay so."""


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
_Dumper.ignore_aliases = lambda *_value: True  # type: ignore[method-assign]


def _lines(value: object) -> list[str]:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=1000)
    return text.splitlines()[:LONGEST]
