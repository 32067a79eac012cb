"""The ASGI application: Flagger's addresses first, then websockets, then Django's pages."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from django.core.asgi import get_asgi_application

# Models may be imported only after Django is set up, which this call does.
django = get_asgi_application()

from dashboard import access_log, metrics, tracing  # noqa: E402
from dashboard.frame import Framed  # noqa: E402
from dashboard.runtime import Runtime  # noqa: E402
from dashboard.websocket import websocket_application  # noqa: E402
from gates import draining, request_id  # noqa: E402
from gates.webhook import Webhooks  # noqa: E402

metrics.install()
pages = metrics.counted(Framed(django))
webhooks = Webhooks()
runtime = Runtime(webhooks)
websockets = websocket_application()


async def routed(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send each request to the part that owns its address.

    Flagger's addresses never reach Django: its middleware costs milliseconds, and none of its pages
    (redirect, sign-in, error) may ever answer on a rollback address.
    """
    if scope["type"] == "http":
        if webhooks.owns(scope):
            await webhooks(scope, receive, send)
        else:
            request_id.enter(scope)
            await pages(scope, receive, send)
    elif scope["type"] == "websocket":
        request_id.enter(scope)
        if webhooks.apart(scope):
            await refuse(receive, send, 404, b"No pages on this port.\n")
        elif draining.begun():
            await refuse(receive, send, 503, b"Aviary is ending here.\n")
        else:
            await websockets(scope, receive, send)
    else:
        await runtime.lifespan(receive, send)


async def refuse(receive: Any, send: Any, status: int, why: bytes) -> None:
    """No live connection: to a process that ends (the page tries again, and reaches another one), or on
    Flagger's own port."""
    await receive()
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": why})


application = tracing.install(access_log.install(routed, webhooks.owns))
