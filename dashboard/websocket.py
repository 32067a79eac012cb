"""The live connection of a page: origin, sign-in, join, snapshot, then numbered changes.

Messages to the page are JSON: `seq` counts them, `live` is `live`, `stale` (with `since`) or, until the
cluster has been read for the first time, `reconnecting`; `now` is the server's clock, `waiting` the
number of canaries that wait; `content` holds elements for htmx to morph.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator, WebsocketDenier
from channels.sessions import SessionMiddlewareStack
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import QueryDict
from django.urls import path, re_path
from django.utils import translation

from dashboard import publisher, viewer, windows
from dashboard.freezes import banner
from dashboard.listing import Query
from dashboard.publisher import Publisher
from dashboard.store import Reach
from gates.access_rights import NOBODY, Access

log = logging.getLogger(__name__)

# Seconds between messages when nothing happens; the page calls 12 s of silence a lost connection.
PING = 5.0
# Seconds between looks at whether the viewer is still signed in and still has a role: with PING, 10 at most.
RECHECK = 5.0
SIGNED_OUT, NO_ROLE, TRY_AGAIN, FAILED = 4401, 4403, 1013, 1011
ADDRESS = "/ws/"
LIVE = {Reach.LIVE: "live", Reach.STALE: "stale", Reach.STARTING: "reconnecting"}


class Live(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One page's connection."""

    async def connect(self) -> None:
        """Accepted even when refused: only then does the browser learn the code that says why."""
        self.work: asyncio.Task[None] | None = None
        self.seq, self.heard, self.wake = 0, 0, asyncio.Event()
        self.frozen: tuple[tuple[banner.Current, ...], Access] | None = None
        await self.accept()
        refusal, access = await self._look()
        source = publisher.current()
        if refusal or source is None:
            await self.close(refusal or TRY_AGAIN)
            return
        query = QueryDict(self.scope.get("query_string", b"").decode("latin-1"))
        self.language = _language(query.get("lang", ""))
        self.source, self.window = source, windows.of_address(query, source, access)
        await self._join()
        self.work = asyncio.create_task(self._work(source))

    async def disconnect(self, code: int) -> None:
        """The page has gone."""
        if self.work is not None:
            self.work.cancel()
            await self._leave()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pages have nothing to say here."""

    async def hint(self, message: dict[str, Any]) -> None:
        """From the channel layer, which drops hints when too many wait: a gap asks for everything."""
        if message["group"] != self.group:
            return
        if message["number"] > self.heard + 1:
            self.window.start_over()
        self.heard = max(self.heard, message["number"])
        self.window.touch((key[0], key[1]) for key in message["keys"])
        self.wake.set()

    async def _work(self, source: Publisher) -> None:
        """Send what is due until the viewer may look no longer."""
        loop = asyncio.get_running_loop()
        checked, told, said = loop.time(), "", 0.0
        try:
            while True:
                self.wake.clear()
                with translation.override(self.language):
                    content, wait = await self.window.due(loop.time())
                content += self._frozen(source)
                state = _state(source, self.window.access)
                if content or state != told or loop.time() - said >= PING:
                    await self._say(state, content)
                    told, said = state, loop.time()
                if loop.time() - checked >= RECHECK:
                    checked = loop.time()
                    if not await self._may_stay():
                        return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(PING, wait or PING)):
                        await self.wake.wait()
        except OSError:
            # The page has gone while something was on its way to it; `disconnect` follows.
            return
        except Exception:
            log.exception("a live page failed")
            await self.close(FAILED)

    async def _say(self, state: str, content: str) -> None:
        self.seq += 1
        body = json.loads(state) | {"seq": self.seq, "now": datetime.now(UTC).isoformat()}
        if content:
            body["content"] = content
        await self.send(json.dumps(body, ensure_ascii=False))

    def _frozen(self, source: Publisher) -> str:
        """The banner, when it is another one than the page has, or may have."""
        if source.freezes.current is None:
            return ""
        now = (source.freezes.current, self.window.access)
        if now == self.frozen:
            return ""
        self.frozen = now
        return windows.oob(banner.draw(*now))

    async def _join(self) -> None:
        """Joined before anything is read: whatever changes from here on arrives as a hint."""
        self.group = self.source.join(self.window.access, self.window.namespace)
        await self.channel_layer.group_add(self.group, self.channel_name)
        self.heard = self.source.numbers.setdefault(self.group, 0)

    async def _leave(self) -> None:
        self.source.leave(self.group)
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def _may_stay(self) -> bool:
        refusal, access = await self._look()
        if not refusal and access != self.window.access and isinstance(self.window, windows.StatusOnly):
            # The page is asked for again, and shows what may be seen now.
            refusal = NO_ROLE
        if refusal:
            await self.close(refusal)
            return False
        if access != self.window.access:
            await self._leave()
            self.window.access = access
            await self._join()
            self.window.start_over()
            self.wake.set()
        return True

    async def _look(self) -> tuple[int, Access]:
        """The code of a refusal or 0, and what the viewer may see and do."""
        try:
            found = await database_sync_to_async(viewer.look)(self.scope["session"].session_key)
        except DatabaseError as error:
            log.warning("the viewer of a live page cannot be read: %s", error)
            return TRY_AGAIN, NOBODY
        if found is None:
            return SIGNED_OUT, NOBODY
        return (0 if found.views_anything else NO_ROLE), found


def _state(source: Publisher, access: Access) -> str:
    """How fresh everything is, as JSON, so that two states can be compared."""
    freshness = source.store.freshness
    return json.dumps(
        {
            "live": LIVE[freshness.reach],
            "since": freshness.since.isoformat(),
            "waiting": len(source.listing(Query(), access).inbox),
        }
    )


def _language(wanted: str) -> str:
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def websocket_application() -> Any:
    """The ASGI application for websockets; every address but one is refused before it is accepted."""
    routes = [path(ADDRESS.lstrip("/"), Live.as_asgi()), re_path(r"", WebsocketDenier.as_asgi())]
    return AllowedHostsOriginValidator(SessionMiddlewareStack(URLRouter(routes)))
