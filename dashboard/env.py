"""Environment variables, each read once, with a type and a loud failure that names the variable."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

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


def words(name: str) -> list[str]:
    """Values between blanks or line ends, for those that may hold commas."""
    return text(name).split()


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Comma-separated networks or addresses, such as `10.0.0.0/8, 192.168.1.7`."""
    found = []
    for part in listed(name):
        try:
            found.append(ip_network(part, strict=False))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}: “{part}” is no network. Write networks as 10.0.0.0/8, separated by commas."
            ) from error
    return found


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
    return address(name, text(name, default))


def address(name: str, value: str) -> str:
    """The same of a value that the variable holds among others."""
    if value and not re.match(r"https?://[^/\s]+", value):
        raise ImproperlyConfigured(f"{name}={value} must start with http:// or https://.")
    return value.rstrip("/")


def redis(name: str) -> str:
    """Where a Redis is: redis://, rediss:// (with TLS) or unix://. It may hold a password: never said."""
    value = text(name)
    if not value:
        return ""
    from redis.connection import parse_url  # Only those who use it wait for it to load.

    try:
        parse_url(value)  # type: ignore[no-untyped-call]
        if not value.startswith("unix:"):
            int(urlsplit(value).path.strip("/") or 0)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read. Use redis://:password@host:6379/0, rediss://… for TLS, or unix:///path."
        ) from error
    return value
