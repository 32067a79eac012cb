"""The icon of the browser's tab: a bird, with the number of canaries that wait for the person."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# A number of three digits cannot be read in sixteen pixels.
MOST = 99
WEEK = 7 * 24 * 3600


@login_not_required
@require_safe
@cache_control(public=True, max_age=WEEK)
def icon(request: HttpRequest) -> HttpResponse:
    """`/icon.svg?n=3`: the same for everybody, so anybody may have it. Anything that is no number is 0."""
    wanted = request.GET.get("n", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 0
    text = f"{MOST}+" if number > MOST else str(number or "")
    drawn = get_template("icon.svg").render({"number": text, "wide": len(text) > 1})
    return HttpResponse(drawn, content_type="image/svg+xml")
