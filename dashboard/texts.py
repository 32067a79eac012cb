"""Refuses NUL characters in addresses and cookies: Postgres keeps none, where SQLite would."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase


class PlainTextMiddleware:
    """400 before a session or a view can ask the database for such a text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if any("\x00" in text for text in _texts(request)):
            raise BadRequest("The address or a cookie contains a NUL character.")
        return self.get_response(request)


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path
    for name, values in request.GET.lists():
        yield from (name, *values)
    # Cookies carry it as a backslash and three digits.
    yield from request.COOKIES.values()
