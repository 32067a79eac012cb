"""Environment variables, each read once, with a type and a loud failure that names the variable."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The variable's text, or the first line of the file that `<name>_FILE` names (for secrets)."""
    path = os.environ.get(f"{name}_FILE", "")
    if path:
        if os.environ.get(name):
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: set one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE={path} cannot be read: {error}.") from error
    return os.environ.get(name, "").strip() or default


def integer(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number between `low` and `high`, both included."""
    value = text(name)
    if not value:
        return default
    if not re.fullmatch(r"[0-9]{1,12}", value) or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name}={value} must be a whole number from {low} to {high}.")
    return int(value)


def choice(name: str, default: str, options: Sequence[str]) -> str:
    """One of `options`; an empty default means that the operator has not chosen."""
    value = text(name, default)
    if value and value not in options:
        raise ImproperlyConfigured(f"{name}={value} must be one of: {', '.join(options)}.")
    return value


def listed(name: str, default: Sequence[str] = ()) -> list[str]:
    """Comma-separated values, blanks dropped."""
    value = text(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else list(default)


def pattern(name: str) -> re.Pattern[str] | None:
    """A regular expression, or None when the variable is not set."""
    value = text(name)
    if not value:
        return None
    try:
        return re.compile(value)
    except re.error as error:
        raise ImproperlyConfigured(f"{name}={value} is not a regular expression: {error}.") from error


def url(name: str, default: str = "") -> str:
    """An http or https address without a trailing slash."""
    value = text(name, default)
    if value and not re.match(r"https?://[^/\s]+", value):
        raise ImproperlyConfigured(f"{name}={value} must start with http:// or https://.")
    return value.rstrip("/")
