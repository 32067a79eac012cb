"""`/releases`: every release that the person may see, newest first, filters in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard import images
from dashboard.models import Release
from dashboard.releases import outcomes, search, spans, told, waiting
from dashboard.releases.forms import ReleaseForm
from dashboard.releases.outcomes import Look
from dashboard.releases.search import Counts
from dashboard.store import ImageChange
from gates.permissions import access_of, only_viewers

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One release with its texts; `waited` is "" where nobody was waited for."""

    release: Release
    phase: Look
    image: images.Shown | None
    approvers: list[str]
    took: str
    waited: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A link to the same page with one filter more or less."""

    label: object
    address: str
    number: int | None = None
    chosen: bool = False


@only_viewers
@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    """`/releases`: 50 at a time; `before` in the address is the cursor."""
    seen = access_of(request.user).visible(Release.objects.all())
    form = ReleaseForm(request.GET, label_suffix="")
    rows: list[Row] = []
    cursor, chips, whole, every, empty = None, [], True, True, False
    if form.is_valid():
        found, every = search.matching(seen, form.search())
        counted = search.counts(found)
        chips, whole = _counted(request.GET, counted), counted.whole
        outcome = form.cleaned_data["outcome"]
        chosen = found.filter(outcome=outcome) if outcome else found
        page, cursor = search.page(chosen, form.cleaned_data["before"], PAGE)
        rows = _rows(page, timezone.now())
        empty = not rows and not seen.exists()
    context = {
        "section": "releases",
        "form": form,
        "rows": rows,
        "empty": empty,
        "chips": chips,
        "whole": whole,
        "counted": search.MOST_COUNTED,
        "every": every,
        "given": told.MOST_GIVEN,
        "filters": _filters(request.GET, form),
        "newest": _address(request.GET) if request.GET.get("before") else "",
        "older": _address(request.GET, before=str(cursor)) if cursor else "",
    }
    return render(request, "releases/list.html", context)


def _rows(page: Sequence[Release], now: datetime) -> list[Row]:
    approvers = told.approvers(page)
    waiting.fill(page, now)
    return [_row(release, approvers[release.pk], now) for release in page]


def _row(release: Release, approvers: list[str], now: datetime) -> Row:
    lasted = ((release.ended_at or now) - release.began_at).total_seconds()
    return Row(
        release=release,
        phase=outcomes.look(release.outcome),
        image=shown(release),
        approvers=approvers,
        took=spans.words(lasted),
        waited=spans.words(release.waited) if release.waited >= 1 else "",
    )


def shown(release: Release) -> images.Shown | None:
    """Its images, short."""
    return images.shown([ImageChange(*change) for change in release.images if len(change) == 3])


def _counted(query: QueryDict, counted: Counts) -> list[Chip]:
    """Links that choose an outcome; the chosen one is there even when nothing has it."""
    chosen = query.get("outcome", "")
    everything = Chip("", _address(query, outcome=""), counted.total, not chosen)
    return [
        everything,
        *(
            Chip(
                outcome.label,
                _address(query, outcome=outcome),
                counted.outcomes.get(outcome, 0),
                outcome == chosen,
            )
            for outcome in Release.Outcome
            if counted.outcomes.get(outcome) or outcome == chosen
        ),
    ]


def _filters(query: QueryDict, form: ReleaseForm) -> list[Chip]:
    """What is looked for, each a link that leaves it out."""
    return [
        Chip(f"{field.label}: {query[field.name]}", _address(query, **{field.name: ""}))
        for field in form.visible_fields()
        if query.get(field.name)
    ]


def _address(query: QueryDict, **changes: str) -> str:
    """The same page from its beginning, with other filters; "" takes one away."""
    fields = query.copy()
    fields.pop("before", None)
    for name, value in changes.items():
        fields[name] = value
    for name in [name for name, value in fields.items() if not value]:
        del fields[name]
    return f"?{fields.urlencode()}"
