"""The page that shows the API's schema and lets a person try it: Swagger UI, without inline script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gates.permissions import only_viewers


@only_viewers
def explorer(request: HttpRequest) -> HttpResponse:
    """The page; its calls use the person's own session."""
    return render(request, "api-explorer.html")
