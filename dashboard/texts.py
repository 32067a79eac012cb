"""Refuses requests whose address or cookies hold what a database cannot keep, before anything reads them."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase


class PlainTextMiddleware:
    """400 for NUL characters in the address or a cookie, and for any encoding but UTF-8.

    Postgres refuses NUL where SQLite takes it; a charset such as `unicode_escape` in the
    Content-Type makes Django read lone surrogates out of a harmless query.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.encoding and codecs.lookup(request.encoding).name not in {"utf-8", "ascii"}:
            # The answer, too, may read the query: in UTF-8 it can.
            request.encoding = "utf-8"
            raise BadRequest("Send UTF-8.")
        if any("\x00" in text for text in _texts(request)):
            raise BadRequest("The address or a cookie contains a NUL character.")
        return self.get_response(request)


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path
    for name, values in request.GET.lists():
        yield from (name, *values)
    yield from request.COOKIES.values()
