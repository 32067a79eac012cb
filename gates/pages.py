"""The audit log for people: newest first, filters in the address, every entry with all its fields."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from gates import search, wording
from gates.forms import AuditForm
from gates.keys import DEFAULT_CLUSTER
from gates.models import AuditEntry
from gates.permissions import access_of, only_viewers
from gates.search import BIGGEST

PAGE = 50
LONGEST_NAME = 120  # characters; the entry's own page has the whole name


@dataclass(frozen=True, slots=True)
class Row:
    """One entry with its texts."""

    entry: AuditEntry
    sentence: SafeString
    reason: str


@only_viewers
def audit(request: HttpRequest) -> HttpResponse:
    """`/audit`: 50 entries; `before` in the address is the cursor."""
    seen = access_of(request.user).entries()
    form = AuditForm(request.GET, label_suffix="")
    rows, cursor, empty = [], None, False
    if form.is_valid():
        found, cursor = search.entries(seen, form.search(), form.cleaned_data["before"], PAGE)
        rows = [_row(entry) for entry in found]
        empty = not rows and not seen.exists()
    filters = request.GET.copy()
    paged = bool(filters.pop("before", None))
    context = {
        "section": "audit",
        "form": form,
        "rows": rows,
        "empty": empty,
        "newest": f"?{filters.urlencode()}" if paged else "",
        "older": _with(filters.urlencode(), cursor),
        "filtered": any(filters.values()),
    }
    return render(request, "audit/list.html", context)


@only_viewers
def audit_entry(request: HttpRequest, number: int) -> HttpResponse:
    """`/audit/<number>`: every field, both hashes, and what followed."""
    seen = access_of(request.user).entries()
    entry = seen.filter(pk=number).first() if number <= BIGGEST else None
    if entry is None:
        raise Http404
    before, after = search.neighbours(seen, entry)
    context = {
        "section": "audit",
        "row": _row(entry),
        "entry": entry,
        "following": [_row(each) for each in search.following(seen, entry)],
        "before": before,
        "after": after,
    }
    return render(request, "audit/entry.html", context)


def _row(entry: AuditEntry) -> Row:
    return Row(entry, wording.sentence(entry, _canary(entry)), wording.reason(entry))


def _canary(entry: AuditEntry) -> SafeString:
    """A link to its page, where one can exist: names from scripts may be any text."""
    text = f"{entry.namespace}/{entry.name}" if entry.namespace or entry.name else _("(no name)")
    shown = Truncator(text).chars(LONGEST_NAME)
    try:
        if entry.cluster == DEFAULT_CLUSTER:
            address = reverse("canary", args=[entry.namespace, entry.name])
            return format_html('<a class="canary" href="{}">{}</a>', address, shown)
    except NoReverseMatch:
        pass
    return format_html('<span class="canary">{}</span>', shown)


def _with(filters: str, cursor: int | None) -> str:
    if cursor is None:
        return ""
    return f"?{filters}&before={cursor}" if filters else f"?before={cursor}"
