"""Pages and the API: the request's id where the log looks for it, and on the answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware

from gates import draining
from gates import request_id as ids

META = "HTTP_X_REQUEST_ID"


@sync_and_async_middleware
def request_id(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Sets the request's header, whatever the sender wrote there, and the answer's."""

    async def answered_later(request: HttpRequest) -> Any:
        found = _name(request)
        return _tell(await get_response(request), found)

    def answered(request: HttpRequest) -> Any:
        found = _name(request)
        return _tell(get_response(request), found)

    return answered_later if iscoroutinefunction(get_response) else answered


def _name(request: HttpRequest) -> str:
    if isinstance(request, ASGIRequest):
        scope: Any = request.scope
        found = ids.of(scope, dict(scope["headers"]))
    else:
        found = uuid.uuid4().hex
    request.META[META] = found
    return found


def _tell(answer: Any, found: str) -> Any:
    answer[ids.HEADER] = found
    if draining.begun():
        # The next request goes to another process: a kept connection would be cut.
        answer["Connection"] = "close"
    return answer
