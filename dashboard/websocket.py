"""The live connection of a page: origin, sign-in, join, snapshot, then numbered changes.

Messages to the page are JSON: `seq` counts them, `live` is `live`, `stale` (with `since`) or, until the
cluster has been read for the first time, `reconnecting`; `now` is the server's clock, `waiting` the
number of canaries that wait for the person who looks, `mine` the latest of them; `content` holds elements
for htmx to morph.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from channels.consumer import get_handler_name
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

from dashboard import morph, publishers, viewer, windows
from dashboard.entry import Place
from dashboard.freezes import banner
from dashboard.recheck import Recheck
from dashboard.store import Freshness, Reach
from dashboard.viewer import STRANGER, Viewer
from dashboard.windows import ADDRESS, READER, Window
from gates import draining, metrics
from gates.access_rights import Access

log = logging.getLogger(__name__)

# Seconds between messages when nothing happens; the page calls 12 s of silence a lost connection.
PING = 5.0
# Seconds between looks at whether the viewer is still signed in and still has a role: with PING, 10 at most.
RECHECK = 5.0
# Seconds between drawings of a page that nobody looks at.
HIDDEN_PAUSE = 10.0
# Letters; a filter has at most 500, each written as up to twelve in an address.
LONGEST_WORD = 8000
# Of the canaries that wait, those that a page is told by name.
MOST_NAMED = 20
SIGNED_OUT, NO_ROLE, TRY_AGAIN, FAILED = 4401, 4403, 1013, 1011
# "Service restart": the page connects again by itself, and reaches another process.
RECONNECT = 1012
LIVE = {Reach.LIVE: "live", Reach.STALE: "stale", Reach.STARTING: "reconnecting"}


class State(NamedTuple):
    """How fresh what is shown is, and what waits for who looks; pages are told when it is another one."""

    freshness: Freshness
    mine: tuple[Place, ...]


# This process's live connections.
OPEN: set[Live] = set()


class Live(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One page's connection."""

    async def connect(self) -> None:
        """Accepted even when refused: only then does the browser learn the code that says why."""
        self.work: asyncio.Task[None] | None = None
        self.seq, self.heard, self.wake = 0, dict[str, int](), asyncio.Event()
        self.hidden, self.drawn = False, 0.0
        self.frozen: tuple[tuple[banner.Current, ...], Access] | None = None
        await self.accept()
        refusal, self.viewer = await self._look()
        query = QueryDict(self.scope.get("query_string", b"").decode("latin-1"))
        if reader := query.get(READER):
            refusal = _as_drawn(refusal, reader, self.viewer)
        window = None if refusal else windows.of_address(query, self.viewer)
        if window is None:
            await self.close(refusal or TRY_AGAIN)
            return
        self.language, self.window = _language(query.get("lang", "")), window
        await self._join()
        wake, loop = self.wake.set, asyncio.get_running_loop()
        self.unlisten = draining.listen(lambda: _from_anywhere(loop, wake))
        OPEN.add(self)
        self.work = asyncio.create_task(self._work())

    async def disconnect(self, code: int) -> None:
        """The page has gone."""
        if self.work is not None:
            OPEN.discard(self)
            self.unlisten()
            self.work.cancel()
            await self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand the message on at once: whatever asks the database here closes its own old connections.

        Channels would do that before each message, in the one thread in which all pages' looks wait.
        """
        await getattr(self, get_handler_name(message))(message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pages say whether anybody looks at them, `hidden` or `visible`, and when the list shows another
        filter or page: `?q=…&page=…`, as in its address."""
        if self.work is None or text_data is None or len(text_data) > LONGEST_WORD:
            return
        if text_data.startswith("?"):
            self.window.turn(QueryDict(text_data[1:]))
        else:
            self.hidden = text_data == "hidden"
        self.wake.set()

    async def hint(self, message: dict[str, Any]) -> None:
        """From the channel layer, which drops hints when too many wait: a gap asks for everything."""
        name, number = message["group"], message["number"]
        heard = self.heard.get(name)
        if heard is None:
            return
        if number > heard + 1:
            metrics.dropped(metrics.HINTS, number - heard - 1)
            self.window.start_over()
        self.heard[name] = max(heard, number)
        self.window.touch(tuple(key) for key in message["keys"])
        self.wake.set()

    async def _work(self) -> None:
        """Send what is due until the viewer may look no longer."""
        loop = asyncio.get_running_loop()
        recheck, said = Recheck(self._look, RECHECK, self.wake.set), 0.0
        told: State | None = None
        # For this task only.
        translation.activate(self.language)
        try:
            while True:
                self.wake.clear()
                if draining.begun():
                    await self.close(RECONNECT)
                    return
                content, wait = await self._due(loop.time())
                content += self._frozen()
                state = _state(self.window, self.viewer)
                if content or state != told or loop.time() - said >= PING:
                    await self._say(state, content)
                    told, said = state, loop.time()
                looked = await recheck.found(loop.time())
                if looked and not await self._may_stay(*looked):
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
        finally:
            recheck.stop()

    async def _due(self, now: float) -> tuple[str, float | None]:
        """What to send; now and then only while nobody looks."""
        if self.hidden and now < self.drawn + HIDDEN_PAUSE:
            return "", self.drawn + HIDDEN_PAUSE - now
        self.drawn = now
        return await self.window.due(now)

    async def _say(self, state: State, content: str) -> None:
        self.seq += 1
        body = {
            "live": LIVE[state.freshness.reach],
            "since": state.freshness.since.isoformat(),
            "waiting": len(state.mine),
            "mine": ["/".join(key) for key in state.mine[-MOST_NAMED:]],
            "seq": self.seq,
            "now": datetime.now(UTC).isoformat(),
        }
        if content:
            body["content"] = content
        try:
            await self.send(json.dumps(body, ensure_ascii=False))
        except RuntimeError as error:
            # uvicorn's word for a page that has gone a moment ago.
            raise ConnectionResetError from error

    def _frozen(self) -> str:
        """The banner, when it is another one than the page has, or may have."""
        current = banner.everywhere([each.freezes.current for each in publishers.every()])
        if current is None or not self.window.access.views_anything:
            return ""
        now = (current, self.window.access)
        if now == self.frozen:
            return ""
        self.frozen = now
        return morph.oob(banner.draw(*now))

    async def _join(self) -> None:
        """Joined before anything is read: whatever changes from here on arrives as a hint."""
        self.heard = {}
        for source in self.window.sources:
            group = source.join(self.window.access, self.window.namespace)
            await self.channel_layer.group_add(group, self.channel_name)
            self.heard[group] = source.numbers.setdefault(group, 0)

    async def _leave(self) -> None:
        # In the order in which they were joined, which is the sources'.
        for source, group in zip(self.window.sources, list(self.heard), strict=False):
            source.leave(group)
            await self.channel_layer.group_discard(group, self.channel_name)

    async def _may_stay(self, refusal: int, found: Viewer) -> bool:
        """After another look."""
        if refusal == NO_ROLE and found == self.viewer:
            # A page that says so stays.
            return True
        if not refusal and found != self.viewer and isinstance(self.window, windows.StatusOnly):
            # The page is asked for again, and shows what may be seen now.
            refusal = NO_ROLE
        if refusal:
            await self.close(refusal)
            return False
        if found != self.viewer:
            await self._leave()
            self.viewer = found
            self.window.see(found)
            await self._join()
            self.wake.set()
        return True

    async def _look(self) -> tuple[int, Viewer]:
        """The code of a refusal or 0, and who looks."""
        try:
            found = await database_sync_to_async(viewer.look)(self.scope["session"].session_key, self.scope)
        except DatabaseError as error:
            metrics.database_error(metrics.LIVE)
            log.warning("the viewer of a live page cannot be read: %s", error)
            return TRY_AGAIN, STRANGER
        if found is None:
            return SIGNED_OUT, STRANGER
        return (0 if found.access.views_anything else NO_ROLE), found


def _as_drawn(refusal: int, reader: str, found: Viewer) -> int:
    """For a page without live data: the code of a refusal, which is no other than the page's own."""
    if refusal not in (0, NO_ROLE):
        return refusal
    return 0 if viewer.mark(found.name, found.access) == reader else NO_ROLE


def _state(window: Window, looking: Viewer) -> State:
    return State(window.freshness, publishers.roll().inbox(looking).mine)


def _from_anywhere(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
        loop.call_soon_threadsafe(call)


def _language(wanted: str) -> str:
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def websocket_application() -> Any:
    """The ASGI application for websockets; every address but one is refused before it is accepted."""
    routes = [path(ADDRESS.lstrip("/"), Live.as_asgi()), re_path(r"", WebsocketDenier.as_asgi())]
    return AllowedHostsOriginValidator(SessionMiddlewareStack(URLRouter(routes)))
