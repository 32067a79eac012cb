"""The ASGI application: Flagger's addresses first, then websockets, then Django's pages."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from django.core.asgi import get_asgi_application

# Models may be imported only after Django is set up, which this call does.
django = get_asgi_application()

from dashboard.frame import Framed  # noqa: E402
from dashboard.runtime import Runtime  # noqa: E402
from dashboard.websocket import websocket_application  # noqa: E402
from gates.webhook import Webhooks  # noqa: E402

pages = Framed(django)
webhooks = Webhooks()
runtime = Runtime(webhooks)
websockets = websocket_application()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send each request to the part that owns its address.

    Flagger's addresses never reach Django: its middleware costs milliseconds, and none of its pages
    (redirect, sign-in, error) may ever answer on a rollback address.
    """
    if scope["type"] == "http":
        await (webhooks if webhooks.owns(scope) else pages)(scope, receive, send)
    elif scope["type"] == "websocket":
        await websockets(scope, receive, send)
    else:
        await runtime.lifespan(receive, send)
