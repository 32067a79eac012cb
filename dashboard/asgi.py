"""The ASGI application: Flagger's addresses first, then websockets, then Django's pages."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

# Only after Django is set up may models be imported.
from dashboard.runtime import Runtime  # noqa: E402
from gates.webhook import Webhooks  # noqa: E402

runtime = Runtime()
webhooks = Webhooks()


class Front:
    """Sends each request to the part that owns its address.

    Flagger's addresses never reach Django: its middleware costs milliseconds, and none of its pages
    (redirect, sign-in, error) may ever answer on a rollback address.
    """

    def __init__(self) -> None:
        from dashboard.websocket import websocket_application

        self.websocket = websocket_application()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        kind = scope["type"]
        if kind == "http":
            if webhooks.owns(scope):
                await webhooks(scope, receive, send)
            else:
                await pages(scope, receive, send)
        elif kind == "websocket":
            await self.websocket(scope, receive, send)
        elif kind == "lifespan":
            await runtime.lifespan(receive, send)


application = Front()
