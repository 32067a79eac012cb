"""Entries of the log as they are read: a sentence, its reason, and the marks beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from gates import clusters, entry_facts, wording
from gates.audit import REFUSED, UNCHANGED
from gates.entry_facts import Image
from gates.models import AuditEntry

LONGEST_NAME = 120  # characters; the entry's own page has the whole name
MOST_IMAGES = 2
# What could not be done, in the cluster or here.
FAILED = (".failed", ".refused")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry with its texts."""

    entry: AuditEntry
    sentence: SafeString
    reason: str

    @property
    def images(self) -> list[Image]:
        """The first ones; the entry's own page has all."""
        return entry_facts.images(self.entry)[:MOST_IMAGES]

    @property
    def failed(self) -> bool:
        """Refused, or tried in vain."""
        return self.entry.outcome == REFUSED or self.entry.action.endswith(FAILED)

    @property
    def without_effect(self) -> bool:
        """Everything was so already."""
        return self.entry.outcome == UNCHANGED


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day, in UTC."""

    day: date
    rows: list[Row]


def row(entry: AuditEntry) -> Row:
    """The entry in words."""
    return Row(entry, wording.sentence(entry, canary(entry)), wording.reason(entry))


def days(entries: Sequence[AuditEntry]) -> list[Day]:
    """In the same order. Replicas' clocks differ a little: a day may come twice."""
    found: list[Day] = []
    for entry in entries:
        day = entry.at.astimezone(UTC).date()
        if not found or found[-1].day != day:
            found.append(Day(day, []))
        found[-1].rows.append(row(entry))
    return found


def canary(entry: AuditEntry) -> SafeString:
    """A link to its page, where one can exist: names from scripts may be any text."""
    text = f"{entry.namespace}/{entry.name}" if entry.namespace or entry.name else _("(no name)")
    shown = Truncator(text).chars(LONGEST_NAME)
    if address := canary_address(entry):
        return format_html('<a class="canary" href="{}">{}</a>', address, shown)
    return format_html('<span class="canary">{}</span>', shown)


def canary_address(entry: AuditEntry) -> str:
    """The page of the canary that the entry is about; "" where there can be none."""
    if entry.cluster not in clusters.names():
        return ""
    try:
        return clusters.address("canary", entry.cluster, entry.namespace, entry.name)
    except NoReverseMatch:
        return ""
