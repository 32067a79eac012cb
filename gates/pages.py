"""The audit log for people: newest first, filters in the address, new entries announced."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gates import audit_address, audit_rows, saved_views, search, standing, suggestions
from gates.access_rights import Access
from gates.filters import Filters
from gates.forms import AuditForm
from gates.models import AuditEntry
from gates.permissions import access_of, only_viewers

PAGE = 50


@only_viewers
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """`/audit`: 50 entries; `before` in the address is the cursor."""
    filters = audit_address.tidy(request.GET)
    if any(not str(value).strip() for value in request.GET.values()):
        # A form sends its empty fields as well; addresses that people pass on name what is set.
        return HttpResponseRedirect(f"{request.path}{audit_address.written(filters)}")
    access, form = access_of(request.user), AuditForm(request.GET, label_suffix="")
    found: list[AuditEntry] = []
    cursor = None
    if form.is_valid():
        found, cursor = search.find(access, form.filters(), form.cleaned_data["before"], PAGE)
    paged = "before" in request.GET
    context = {
        "form": form,
        "days": audit_rows.days(found),
        "empty": form.is_valid() and not found and not _newest(access),
        "newest": audit_address.written(filters) if paged else "",
        "older": audit_address.written(filters, before=cursor) if cursor else "",
        "newer": "" if paged or not form.is_valid() else _newer_address(access, filters, found),
    }
    return render(request, "audit/list.html", context | _around(request, access, filters))


@only_viewers
@require_safe
@never_cache
def newer(request: HttpRequest) -> JsonResponse:
    """`/audit/newer?after=…` with filters: how many entries came after that number, and that in words."""
    form = AuditForm(request.GET)
    after = request.GET.get("after", "")
    if not form.is_valid() or not (after.isascii() and after.isdigit()) or len(after) > 18:
        error = _("The filters, or the number after “after=”, cannot be read.")
        return JsonResponse({"error": error}, status=400)
    count = search.newer(access_of(request.user), form.filters(), int(after))
    more = count >= search.MOST_NEWER
    text = ngettext("%(count)s new entry: show", "%(count)s new entries: show", count)
    return JsonResponse({"count": count, "text": text % {"count": f"{count}+" if more else count}})


def _around(request: HttpRequest, access: Access, filters: dict[str, str]) -> dict[str, Any]:
    """What stands around the entries."""
    address = audit_address.written(filters)
    views = saved_views.of(request.user)
    return {
        "section": "audit",
        "chips": audit_address.chips(filters),
        "presets": audit_address.presets(filters, access),
        "views": views,
        "saved": next((view for view in views if f"?{view.query}" == address), None),
        "here": address,
        "query": address[1:],
        "standing": standing.of(access),
        "audits": access.audits,
        "names": suggestions.names(access),
    }


def _newest(access: Access) -> AuditEntry | None:
    """The newest entry that this reader may see, whatever it is about."""
    found, _cursor = search.find(access, Filters(), None, 1)
    return found[0] if found else None


def _newer_address(access: Access, filters: dict[str, str], found: list[AuditEntry]) -> str:
    """Where to ask for what comes after this page. The number is one that the reader may know."""
    last = found[0] if found else _newest(access)
    return audit_address.written(filters, after=last.seq if last else 0)
