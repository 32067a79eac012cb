"""Refusals, for people as pages and for scripts in one JSON shape."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.response import Response
from rest_framework.views import exception_handler


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was not sent from one of our pages, or the page was open across a sign-in."""
    return render(request, "403.html", {"reason": reason}, status=403)


def api_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Placeholder for the one error shape of the REST API."""
    return exception_handler(error, context)
