"""Downloads of the log: streamed in pieces, each read and packed in a thread beside the event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from gates import callers, checkpoints, export
from gates.export import CSV, JSON_LINES, Export
from gates.export_csv import zipped
from gates.forms import AuditForm
from gates.permissions import ADMIN, AUDITOR, access_of, only_viewers
from gates.thread_connection import beside

VERIFIER = Path(__file__).with_name("verifier.py")
# By format: how it is written, its type, what its name ends with.
FORMATS: dict[str, tuple[Callable[[Export], Iterator[bytes]], str, str]] = {
    JSON_LINES: (export.json_lines, "application/jsonl; charset=utf-8", "jsonl"),
    CSV: (zipped, "application/zip", "csv.zip"),
}


@only_viewers
@require_GET
def exported(request: HttpRequest) -> HttpResponseBase:
    """`/audit/export?format=csv|jsonl` with the filters of the page."""
    wanted = request.GET.get("format", "")
    form = AuditForm(request.GET)
    if wanted not in FORMATS:
        return _refused(_("Write format=csv or format=jsonl in the address."))
    if not form.is_valid():
        wrong = "; ".join(f"{name}: {' '.join(map(str, each))}" for name, each in form.errors.items())
        return _refused(_("The filters in the address cannot be read: %(wrong)s") % {"wrong": wrong})
    actor, origin = callers.actor(request.user), callers.origin(request, "page")
    made = export.begin(access_of(request.user), form.filters(), wanted, actor, origin)
    write, kind, ending = FORMATS[wanted]
    answer = StreamingHttpResponse(_beside(write(made)), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="audit-{made.made_at:%Y%m%dT%H%M%SZ}.{ending}"'
    # Compressing a gigabyte for a reader on the same network costs more than it saves.
    answer["Content-Encoding"] = "identity"
    answer["Cache-Control"] = "no-store"
    return answer


@only_viewers
@require_safe
def verifier(request: HttpRequest) -> FileResponse:
    """`/audit/verifier`: the program that checks an export without Aviary."""
    return FileResponse(VERIFIER.open("rb"), as_attachment=True, filename="verifier.py",
                        content_type="text/x-python; charset=utf-8")  # fmt: skip


@only_viewers
@require_safe
def checkpoints_file(request: HttpRequest) -> StreamingHttpResponse:
    """`/audit/checkpoints`: all of them, oldest first, JSON Lines."""
    if not access_of(request.user).audits:
        message = _("Needs the role %(auditor)s or %(admin)s for all namespaces.")
        raise PermissionDenied(message % {"auditor": AUDITOR, "admin": ADMIN})
    answer = StreamingHttpResponse(
        _beside(checkpoints.lines()), content_type="application/jsonl; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="checkpoints.jsonl"'
    return answer


async def _beside(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """A reader who dawdles holds no database connection."""
    while (piece := await beside(next, pieces, None)) is not None:
        if piece:
            yield piece


def _refused(message: str) -> HttpResponse:
    return HttpResponse(message + "\n", status=400, content_type="text/plain; charset=utf-8")
