"""Whether a request came from a proxy that AVIARY_TRUSTED_PROXIES names: found out before headers are read.

uvicorn puts the address that a trusted proxy wrote in the place of the proxy's own: behind it nobody can
tell any more who connected.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from typing import Any

import uvicorn
from django.conf import settings

from gates.request_id import TRUSTED


class Peer:
    """The ASGI application in front of uvicorn's own for forwarded headers."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if client := scope.get("client"):
            scope[TRUSTED] = trusted(client[0])
        await self.app(scope, receive, send)


def install(config: uvicorn.Config) -> None:
    """Put it in front, where there is anybody to trust."""
    if settings.TRUSTED_PROXIES:
        config.load()
        config.loaded_app = Peer(config.loaded_app)


@lru_cache(maxsize=1024)
def trusted(host: str) -> bool:
    """This address is in one of the networks."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in settings.TRUSTED_PROXIES)
