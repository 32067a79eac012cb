"""What one live page shows, and which of it is due to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import urlencode

from channels.db import database_sync_to_async
from django.http import QueryDict

from dashboard import detail, publishers, together
from dashboard.entry import Key, Place, place
from dashboard.list_window import CanaryList
from dashboard.listing import Query
from dashboard.publisher import Publisher
from dashboard.store import Freshness
from dashboard.viewer import Viewer
from gates.access_rights import Access
from gates.keys import DEFAULT_CLUSTER

# Seconds after which one canary's page is drawn again though nothing was heard: Flagger's silence is news.
SILENCE = 10.0
# Seconds after a change in which the record of releases and what Flagger's hooks said are written.
RECORDED = 2.0
# What the address of one canary's page may ask for.
SHOWN = ("timeline",)
ADDRESS = "/ws/"
# The field of a live address that says for whom the page was drawn, as `viewer.mark` has it.
READER = "reader"


class Window(Protocol):
    """What one page has in view; `access` says how much of it may be seen."""

    access: Access
    # The publishers whose hints it needs.
    sources: tuple[Publisher, ...]

    @property
    def freshness(self) -> Freshness:
        """How fresh what it shows is."""

    @property
    def namespace(self) -> str | None:
        """Whose hints it needs; None: everybody's."""

    def touch(self, keys: Iterable[Place]) -> None:
        """These canaries changed; none: how fresh everything is."""

    def start_over(self) -> None:
        """Send everything next."""

    def see(self, viewer: Viewer) -> None:
        """The viewer may do, or is, something else from now on."""

    def turn(self, query: QueryDict) -> None:
        """The page shows another part of the same."""

    async def due(self, now: float) -> tuple[str, float | None]:
        """Elements to send, and in how many seconds more is due (None: when something changes)."""


def of_address(query: QueryDict, viewer: Viewer) -> Window | None:
    """The window that a live address names; None while nothing is published of its cluster."""
    namespace, slash, name = query.get("canary", "").partition("/")
    if slash:
        source = publishers.of(query.get("cluster", DEFAULT_CLUSTER))
        return (
            OneCanary(source, (namespace, name), viewer.access, show(query), viewer.name) if source else None
        )
    sources = publishers.every()
    if not sources:
        return None
    if "list" in query:
        return CanaryList(sources, Query.read(query), viewer)
    return StatusOnly(sources, viewer.access)


def standing(mark: str) -> str:
    """The live address of a page without live data, drawn for the reader with this mark."""
    return f"{ADDRESS}?{urlencode({READER: mark})}"


def show(query: QueryDict) -> detail.Show:
    """What of one canary's page the reader asked for; the page's address and the live one say it alike."""
    return tuple((name, str(query[name])) for name in SHOWN if query.get(name))


class StatusOnly:
    """A page that shows no canary. What else it shows is not sent anew: it must be asked for."""

    namespace = None

    def __init__(self, sources: Sequence[Publisher], access: Access) -> None:
        self.sources, self.access = tuple(sources), access

    @property
    def freshness(self) -> Freshness:
        """Of all clusters together."""
        return together.freshness([each.store for each in self.sources])

    def touch(self, keys: Iterable[Place]) -> None:
        """Nothing to draw."""

    def start_over(self) -> None:
        """Nothing to draw."""

    def see(self, viewer: Viewer) -> None:
        """Nothing to draw."""
        self.access = viewer.access

    def turn(self, query: QueryDict) -> None:
        """There is one part only."""

    async def due(self, now: float) -> tuple[str, float | None]:
        """Never anything."""
        return "", None


class OneCanary:
    """The page of one canary."""

    def __init__(
        self, source: Publisher, key: Key, access: Access, show: detail.Show, person: str = ""
    ) -> None:
        self.source, self.access, self.show, self.person = source, access, show, person
        self.sources: tuple[Publisher, ...] = (source,)
        self.namespace, self.name = key
        self.place = place(source.store.cluster, key)
        self.sent: detail.Drawn | None = None
        self.changed, self.drawn, self.pause = True, 0.0, SILENCE

    @property
    def freshness(self) -> Freshness:
        """Of its cluster."""
        return self.source.store.freshness

    def touch(self, keys: Iterable[Place]) -> None:
        """Only this canary counts, and the freshness."""
        keys = set(keys)
        self.changed = self.changed or not keys or self.place in keys

    def start_over(self) -> None:
        """Draw again, and send even what is the same."""
        self.changed, self.sent = True, None

    def see(self, viewer: Viewer) -> None:
        """Other buttons, or none of it at all."""
        self.access, self.person = viewer.access, viewer.name
        self.start_over()

    def turn(self, query: QueryDict) -> None:
        """There is one part only: what else is shown has an address of its own."""

    async def due(self, now: float) -> tuple[str, float | None]:
        """The page's content, if it is another than before."""
        if not self.changed and now - self.drawn < self.pause:
            return "", self.pause - (now - self.drawn)
        self.pause = RECORDED if self.changed else SILENCE
        self.changed, self.drawn = False, now
        drawn = await database_sync_to_async(detail.draw)(
            self.source.store, self.namespace, self.name, self.access, self.show, self.person
        )
        content, self.sent = detail.changed(self.sent, drawn), drawn
        return content, self.pause
