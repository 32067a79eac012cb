"""What a token may be asked for: its name, its end, its namespaces. Refusals say what to write instead."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from gates import patterns
from gates.access_rights import Access
from gates.asked_for import Refused
from gates.models import RoleGrant
from gates.permissions import needs

LONGEST_DAYS = 3650
LONGEST_NAME = 100
# An account for a service; people's names cannot be mistaken for one.
SERVICE = "service."
_SERVICE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def name(text: str) -> str:
    """Tidy; raises Refused."""
    found = " ".join(text.replace("\x00", "").split())
    if not found or len(found) > LONGEST_NAME:
        raise Refused("token-name", _("Give the token a name of at most 100 letters: what it is for."), 400)
    return found


def service_name(text: str) -> str:
    """The same for a service, whose account is named after it."""
    found = text.strip()
    if not _SERVICE_NAME.fullmatch(found):
        message = _("Name the service in small letters, digits and hyphens, such as deploy-pipeline.")
        raise Refused("service-name", message, 400)
    return found


def end(days: int | None, now: datetime) -> datetime | None:
    """When a token of so many days ends; None: when it is revoked."""
    if days is None:
        return None
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("token-days", _("Use a number of days from 1 to 3650."), 400)
    return now + timedelta(days=days)


def within(access: Access, role: str, namespaces: str) -> None:
    """A token may do no more than who makes it; raises Refused with what is missing."""
    held = {
        RoleGrant.Role.VIEWER.value: access.viewing,
        RoleGrant.Role.APPROVER.value: access.deciding,
        RoleGrant.Role.ADMIN.value: access.administering,
        RoleGrant.Role.AUDITOR.value: (patterns.ANY,) if access.audits else (),
        "": (patterns.ANY,),
    }
    if role not in held:
        raise Refused("token-role", _("There is no such role."), 400)
    for each in patterns.parts(namespaces):
        if not patterns.covers(held[role], each):
            raise Refused("role-required", needs(role or RoleGrant.Role.VIEWER.value, each), 403)


def over(at: datetime | None) -> bool:
    """This end has passed."""
    return at is not None and at <= timezone.now()


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
