"""Who a proxy in front says that somebody is. Believed only from the addresses in AVIARY_TRUSTED_PROXIES.

The headers are read as they came over the wire, by their exact names: Django's own way would take `X_User`
for `X-User`, which a proxy that guards only one of the two lets through.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from gates.outside import PROXY, Identity
from gates.request_id import TRUSTED

log = logging.getLogger(__name__)

LONGEST = 8192  # bytes
# Seconds between two lines in the log about headers that are not believed.
QUIET = 60.0
_told = -QUIET


def identity(scope: Mapping[str, Any]) -> Identity | None:
    """Who it is, or None: no header, more than one, or from somebody who is not to be believed."""
    name = settings.PROXY_USER_HEADER.lower().encode()
    if not name:
        return None
    given = [value for header, value in scope["headers"] if header == name]
    if not given:
        return None
    if not scope.get(TRUSTED):
        _tell(scope, "is not one of AVIARY_TRUSTED_PROXIES")
        return None
    group_header = settings.PROXY_GROUPS_HEADER.lower().encode()
    groups = [value for header, value in scope["headers"] if group_header and header == group_header]
    # A proxy that adds its header behind the visitor's own would leave the choice to the visitor.
    if len(given) > 1 or len(groups) > 1:
        _tell(scope, "sent it more than once")
        return None
    user, member = _text(given[0]), _text(groups[0]) if groups else ""
    if not user:
        return None
    named = tuple(dict.fromkeys(filter(None, (each.strip() for each in re.split(r"[,;|]", member)))))
    return Identity(PROXY, PROXY, user, user, named)


def _text(value: bytes) -> str:
    try:
        text = value[: LONGEST + 1].decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""
    return "" if len(value) > LONGEST or not text.isprintable() else text


def _tell(scope: Mapping[str, Any], why: str) -> None:
    global _told
    if time.monotonic() - _told >= QUIET:
        _told = time.monotonic()
        peer = (scope.get("client") or ("somebody",))[0]
        log.warning("%s is not believed: %s %s", settings.PROXY_USER_HEADER, peer, why)
