"""What one live page shows, and which of it is due to be sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from channels.db import database_sync_to_async
from django.http import QueryDict

from dashboard import board, detail
from dashboard.listing import Key, Query
from dashboard.publisher import Publisher
from dashboard.rows import drawings
from gates.access_rights import Access

# Seconds between two drawings of a list whose order or membership changes.
BOARD_PAUSE = 0.2
# Seconds after which one canary's page is drawn again though nothing was heard: Flagger's silence is news.
SILENCE = 10.0


class Window(Protocol):
    """What one page has in view; `access` says how much of it may be seen."""

    access: Access

    @property
    def namespace(self) -> str | None:
        """Whose hints it needs; None: everybody's."""

    def touch(self, keys: Iterable[Key]) -> None:
        """These canaries changed; none: how fresh everything is."""

    def start_over(self) -> None:
        """Send everything next."""

    async def due(self, now: float) -> tuple[str, float | None]:
        """Elements to send, and in how many seconds more is due (None: when something changes)."""


def of_address(query: QueryDict, source: Publisher, access: Access) -> Window:
    """The window that a live address names."""
    namespace, slash, name = query.get("canary", "").partition("/")
    if slash:
        return OneCanary(source, namespace, name, access)
    if "list" in query:
        return CanaryList(source, Query.read(query.get("q", ""), query.get("page", "")), access)
    return StatusOnly(access)


def oob(html: str) -> str:
    """Mark an element to be morphed into the one with its id; the first blank follows the tag's name."""
    return html.replace(" ", ' hx-swap-oob="outerMorph" ', 1)


class StatusOnly:
    """A page that shows no canary. What else it shows is not sent anew: it must be asked for."""

    namespace = None

    def __init__(self, access: Access) -> None:
        self.access = access

    def touch(self, keys: Iterable[Key]) -> None:
        """Nothing to draw."""

    def start_over(self) -> None:
        """Nothing to draw."""

    async def due(self, now: float) -> tuple[str, float | None]:
        """Never anything."""
        return "", None


class OneCanary:
    """The page of one canary."""

    def __init__(self, source: Publisher, namespace: str, name: str, access: Access) -> None:
        self.source, self.namespace, self.name, self.access = source, namespace, name, access
        self.changed, self.sent, self.drawn = True, "", 0.0

    def touch(self, keys: Iterable[Key]) -> None:
        """Only this canary counts, and the freshness."""
        keys = set(keys)
        self.changed = self.changed or not keys or (self.namespace, self.name) in keys

    def start_over(self) -> None:
        """Draw again, and send even what is the same."""
        self.changed, self.sent = True, ""

    async def due(self, now: float) -> tuple[str, float | None]:
        """The page's content, if it is another than before."""
        if not self.changed and now - self.drawn < SILENCE:
            return "", SILENCE - (now - self.drawn)
        self.changed, self.drawn = False, now
        html = await database_sync_to_async(detail.fragment)(
            self.source.store, self.namespace, self.name, self.access
        )
        if html == self.sent:
            return "", SILENCE
        self.sent = html
        return oob(html), SILENCE


class CanaryList:
    """A window of the list, with the inbox. Rows that are not shown are not sent."""

    namespace = None

    def __init__(self, source: Publisher, query: Query, access: Access) -> None:
        self.source, self.query, self.access = source, query, access
        self.changed: set[Key] = set()
        self.rows: tuple[Key, ...] | None = None
        self.cards: tuple[Key, ...] = ()
        self.shape: object = None
        self.pause_ends = 0.0

    def touch(self, keys: Iterable[Key]) -> None:
        """Kept until they are sent; what is not shown is dropped then."""
        self.changed.update(keys)

    def start_over(self) -> None:
        """The rows' container goes out again, whatever the page has."""
        self.rows, self.shape = None, None

    async def due(self, now: float) -> tuple[str, float | None]:
        """Single rows at once; the whole board when its shape changed, a few times a second at most."""
        listing = self.source.listing(self.query, self.access)
        shape = (listing, self.source.store.freshness)
        changed, self.changed = self.changed, set()
        if shape == self.shape:
            return self._single(changed), None
        if self.shape is not None and now < self.pause_ends:
            return self._single(changed), self.pause_ends - now
        known = {key: one for key in board.needed(listing) if (one := self.source.known(key)) is not None}
        parts = board.fragments(self.source.store, listing, known, self.access)
        if listing.keys == self.rows:
            del parts["rows"]
        content = "".join(oob(html) for html in parts.values())
        self.rows, self.cards, self.shape = listing.keys, board.cards(listing), shape
        self.pause_ends = now + BOARD_PAUSE
        return content + (self._single(changed) if "rows" not in parts else ""), None

    def _single(self, changed: set[Key]) -> str:
        """Rows and cards of these canaries, as far as they are on the page."""
        rows, cards = "", ""
        for key in changed:
            known = self.source.known(key)
            if known is None:
                continue
            if self.rows and key in self.rows:
                rows += oob(drawings.row(known))
            if key in self.cards and known.waiting:
                cards += oob(drawings.card(known, may_decide=self.access.decides(key[0])))
        # A row outside of a table would lose its cells when it is parsed.
        return cards + (f"<table><tbody>{rows}</tbody></table>" if rows else "")
