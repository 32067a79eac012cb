"""Refusals: a page for people, one JSON shape for scripts.

The shape: `{"error": {"code": "…", "message": "…", "fields": {"name": ["…"]}}}`; `fields` is there
only when single values were refused. Codes are stable, messages are for people.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import DataError
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from gates import metrics
from gates.actions import Refused
from gates.database_errors import AWAY, takes_no_changes

log = logging.getLogger(__name__)
API = "/api/"
CODES = {
    400: "bad-request",
    401: "not-signed-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    415: "unsupported-media-type",
    429: "too-many-requests",
    500: "internal-error",
    503: "unavailable",
}


def shape(code: str, message: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body of every refusal."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return {"error": error}


def api_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler; None leaves a programming error to `server_error`."""
    match error:
        case Refused():
            return Response(shape(error.code, error.message), status=error.status)
        case DataError():
            log.exception("a value went past our checks to the database")
            return Response(shape(CODES[400], _("The database cannot keep such a value.")), status=400)
        case DatabaseError():
            metrics.database_error(metrics.PAGES)
            log.warning("the database did not answer: %s", error)
            return Response(shape(CODES[503], away(error)), status=503)
        case RequestDataTooBig():
            return Response(shape("too-large", _("The body is too large.")), status=413)
        case SuspiciousOperation() | MultiPartParserError():
            return Response(shape(CODES[400], _("The request cannot be read.")), status=400)
        case exceptions.ValidationError():
            return Response(
                shape("invalid", _("Some values were refused."), _fields(error.detail)), status=400
            )
    response = exception_handler(error, context)
    if response is not None:
        response.data = shape(_code(error, response.status_code), _message(error))
    return response


def _code(error: Exception, status: int) -> str:
    own = getattr(error, "default_code", "")
    if isinstance(error, exceptions.ParseError):
        return "malformed"
    if isinstance(error, exceptions.AuthenticationFailed):
        return "bad-token"
    return CODES.get(status) or str(own) or "refused"


def _message(error: Exception) -> str:
    if isinstance(error, Http404 | exceptions.NotFound):
        return _("There is nothing at this address. Addresses end with a slash; /api/v1/schema/ lists them.")
    if isinstance(error, PermissionDenied):
        return _("This is not allowed.")
    return str(getattr(error, "detail", error))


def _fields(detail: Any) -> dict[str, Any]:
    """Refused values by name; what concerns the whole body is under "body"."""
    if not isinstance(detail, dict):
        return {"body": detail}
    return {("body" if name == "non_field_errors" else name): texts for name, texts in detail.items()}


def away(error: DatabaseError) -> str:
    """What people are told while the database is away."""
    if takes_no_changes(error):
        return _("The database takes no changes at the moment. Try again in some seconds.")
    return _("The database cannot be reached. Pages come back with it: try again in some seconds.")


def in_one_line(record: logging.LogRecord) -> bool:
    """For Django's log of requests: that the database was away needs no trace for each page."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, AWAY):
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        record.msg, record.args = f"{record.getMessage()}: {error}", ()
    return True


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was not sent from one of our pages, or the page was open across a sign-in."""
    message = _("This form is no longer valid. Open the page again and repeat what you did.")
    return _refusal(request, 403, message)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django cannot read."""
    return _refusal(request, 400, _("The request cannot be read."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The person's role does not allow it."""
    return _refusal(request, 403, str(exception) or _("Your role does not allow this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address."""
    return _refusal(request, 404, _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own fault, or the database's. Drawn without the request: the account may be unreadable."""
    status, message = 500, _("Something went wrong here; it is in the server's log.")
    error = sys.exc_info()[1]
    if isinstance(error, DataError):
        status, message = 400, _("The database cannot keep such a value.")
    elif isinstance(error, DatabaseError):
        metrics.database_error(metrics.PAGES)
        status, message = 503, away(error)
    if request.path.startswith(API):
        return JsonResponse(shape(CODES[status], message), status=status)
    if _in_dialog(request):
        return _dialog(request, status, message)
    page = render_to_string("refusal.html", {"status": status, "message": message})
    return HttpResponse(page, status=status)


def _refusal(request: HttpRequest, status: int, message: str) -> HttpResponse:
    if request.path.startswith(API):
        return JsonResponse(shape(CODES[status], message), status=status)
    if _in_dialog(request):
        return _dialog(request, status, message)
    return render(request, "refusal.html", {"status": status, "message": message}, status=status)


def _in_dialog(request: HttpRequest) -> bool:
    """Our script asks, and puts what comes into the dialog: a page would not fit there."""
    return bool(request.headers.get("HX-Request"))


def _dialog(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """What was refused, what to do now, and the reason that was typed: it is nowhere else any more."""
    try:
        typed = request.POST.get("reason", "")
    except (SuspiciousOperation, MultiPartParserError, OSError):
        # The request cannot be read, which may be why it is refused.
        typed = ""
    context = {"message": message, "hint": _hint(status), "typed": typed}
    return HttpResponse(render_to_string("refusal-dialog.html", context), status=status)


def _hint(status: int) -> str:
    if status == 403:
        return _(
            "Nothing was done. Your role may have changed: load the page again, or ask an administrator."
        )
    if status == 404:
        return _("Nothing was done. It may have been removed meanwhile: close this and look at the page.")
    if status < 500:
        return _("Nothing was done. Close this and look at the page.")
    return _("It may have been done or not: close this and look at the page.")
