"""Filters as the audit page's address has them: chips that take one away, presets that put some on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from gates.access_rights import Access
from gates.forms import OUTCOMES, PERIODS, AuditForm
from gates.topic_wording import named

# In the order of the chips; the cursor is none of them.
NAMES = tuple(name for name in AuditForm.base_fields if name != "before")
HIDDEN = {"decision": _("Decision"), "release": _("Release")}


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is set; `without` is the address with all others."""

    name: str
    label: Any
    value: Any
    without: str


@dataclass(frozen=True, slots=True)
class Preset:
    """Filters under a word; `address` puts them on, or takes them off where they are on."""

    label: Any
    on: bool
    address: str


PRESETS: tuple[tuple[Any, dict[str, str]], ...] = (
    (_("Today"), {"period": "today"}),
    (_("Last 7 days"), {"period": "7d"}),
    (_("Approvals"), {"action": "approvals"}),
    (_("Rollbacks"), {"action": "rollbacks"}),
    (_("Refusals"), {"outcome": "refused"}),
)
# Entries of these are about no canary: they would stay empty for who reads only of some.
ABOUT_PEOPLE: tuple[tuple[Any, dict[str, str]], ...] = (
    (_("Sign-ins"), {"action": "sign-ins"}),
    (_("What changed in access"), {"action": "access"}),
)
DATES = ("period", "since", "until")


def tidy(query: QueryDict) -> dict[str, str]:
    """The filters that are set, in one order, without cursor, blanks and strangers."""
    given = {name: str(query.get(name, "")).strip() for name in NAMES}
    return {name: value for name, value in given.items() if value}


def written(filters: dict[str, str], **more: Any) -> str:
    """`?person=alice&before=7`; "?" without filters, which is the page itself."""
    query = QueryDict(mutable=True)
    for name, value in (filters | more).items():
        query[name] = value
    return f"?{query.urlencode()}"


def chips(filters: dict[str, str]) -> list[Chip]:
    """One for each filter that is set, right or wrong."""
    found = []
    for name, value in filters.items():
        label = HIDDEN.get(name) or AuditForm.base_fields[name].label
        rest = {other: kept for other, kept in filters.items() if other != name}
        found.append(Chip(name, label, _shown(name, value), written(rest)))
    return found


def presets(filters: dict[str, str], access: Access) -> list[Preset]:
    """Those that may find something for this reader."""
    offered = PRESETS + (ABOUT_PEOPLE if access.audits else ABOUT_PEOPLE[1:] if access.reads_roles else ())
    found = []
    for label, put in offered:
        on = put.items() <= filters.items()
        # Dates and a period exclude each other; everything else stays as it is.
        gone = {*put, *(DATES if "period" in put else ())}
        rest = {name: value for name, value in filters.items() if name not in gone}
        found.append(Preset(label, on, written(rest if on else rest | put)))
    return found


def _shown(name: str, value: str) -> Any:
    if name == "action":
        return named(value)
    if name == "outcome":
        return dict(OUTCOMES).get(value, value)
    if name == "period":
        return PERIODS[value][0] if value in PERIODS else value
    return f"#{value}" if name == "decision" else value
