"""`sre=approver, dev=viewer:payments-*`: which groups of the provider hold which role, and where. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    # The settings read this file, before there are models.
    from gates.outside import Mapped

ROLES = ("viewer", "approver", "admin", "auditor")
_PATTERN = re.compile(r"[a-z0-9.*?-]{1,253}")


def roles_of_groups(variable: str, text: str) -> Mapped:
    """Parts are separated by commas; by semicolons or lines where there is one, for groups with commas in
    their names. Raises ImproperlyConfigured that names the variable."""
    found: dict[str, set[tuple[str, str]]] = {}
    separators = "[;\n]" if re.search(r"[;\n]", text) else ","
    for part in filter(None, map(str.strip, re.split(separators, text))):
        group, equals, right = (each.strip() for each in part.rpartition("="))
        role, colon, namespaces = (each.strip() for each in right.partition(":"))
        namespaces = namespaces if colon else "*"
        if not (group and equals and role in ROLES and _PATTERN.fullmatch(namespaces)):
            raise ImproperlyConfigured(
                f"{variable}: “{part}” cannot be read. Write group=role or group=role:namespaces, "
                f"such as sre=approver, dev=viewer:payments-*; the roles are {', '.join(ROLES)}."
            )
        if role == "auditor" and namespaces != "*":
            raise ImproperlyConfigured(f"{variable}: “{part}”: an auditor reads in * only.")
        found.setdefault(group, set()).add((role, namespaces))
    return {group: frozenset(roles) for group, roles in found.items()}
