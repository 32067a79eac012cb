"""Links that people put on a Canary as annotations: a runbook, a Grafana dashboard, the commit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from dashboard.masking import mask

# More would be no help, and anyone who writes a manifest may add some.
MOST = 20
# One whole http(s) address: no blanks, quotes, backslashes or control characters, which browsers read freely.
_WHOLE = re.compile(r"https?://[^\s\\\"'<>`\x00-\x1f\x7f]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """`address` "" when it carries a secret: then it is named, not linked. `host` where it leads."""

    label: str
    host: str
    address: str


def read(annotations: Mapping[str, str]) -> tuple[Link, ...]:
    """Every annotation whose whole value is an http or https address, named by its key's last part."""
    found = (_link(key, value.strip()) for key, value in annotations.items())
    return tuple(sorted((link for link in found if link), key=lambda link: link.label.casefold()))[:MOST]


def _link(key: str, value: str) -> Link | None:
    if not _WHOLE.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
        # Letters that look alike show themselves.
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except ValueError:
        return None
    if not host:
        return None
    label = re.sub(r"[-_.\s]+", " ", key.rpartition("/")[2]).strip() or key
    return Link(
        label[:1].upper() + label[1:],
        f"{host}:{port}" if port else host,
        value if mask(value) == value else "",
    )
