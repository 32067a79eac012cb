"""The live window of a list: the inbox and one page of rows. Rows that are not shown are not sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import QueryDict

from dashboard import board, publishers, together
from dashboard.board import Board
from dashboard.entry import Place
from dashboard.listing import Query
from dashboard.morph import oob
from dashboard.publisher import Publisher
from dashboard.rows import drawings
from dashboard.store import Freshness
from dashboard.viewer import Viewer

# Seconds between two drawings of a list whose order or membership changes.
BOARD_PAUSE = 0.2


class CanaryList:
    """What one page shows of the list, and what it has been sent of that."""

    namespace = None

    def __init__(self, sources: Sequence[Publisher], query: Query, viewer: Viewer) -> None:
        self.sources, self.query = tuple(sources), query
        self.roll, self.stores = publishers.roll(), [each.store for each in self.sources]
        self.viewer, self.access = viewer, viewer.access
        self.changed: set[Place] = set()
        self.sent: Board | None = None
        self.parts: dict[str, str] = {}
        self.pause_ends = 0.0

    @property
    def freshness(self) -> Freshness:
        """Of all clusters together."""
        return together.freshness(self.stores)

    def touch(self, keys: Iterable[Place]) -> None:
        """Kept until they are sent; what is not shown is dropped then."""
        self.changed.update(keys)

    def start_over(self) -> None:
        """Every part goes out again, whatever the page has."""
        self.sent, self.parts = None, {}

    def see(self, viewer: Viewer) -> None:
        """Another inbox, other rows."""
        self.viewer, self.access = viewer, viewer.access
        self.start_over()

    def turn(self, query: QueryDict) -> None:
        """Another filter or page."""
        self.query = Query.read(query)
        self.start_over()

    async def due(self, now: float) -> tuple[str, float | None]:
        """Single rows at once; other parts when they changed, a few times a second at most."""
        shown = board.board(self.roll, self.query, self.viewer, self.stores)
        changed, self.changed = self.changed, set()
        if shown == self.sent:
            return self._single(shown, changed), None
        if self.sent is not None and now < self.pause_ends:
            return self._single(self.sent, changed), self.pause_ends - now
        fresh = self.sent is None
        parts: dict[str, str] = dict(board.fragments(self.roll, shown))
        rows = parts.pop("rows") if self.sent and self.sent.listing.keys == shown.listing.keys else ""
        content = board.swapped({name: it for name, it in parts.items() if it != self.parts.get(name)})
        self.sent, self.parts, self.pause_ends = shown, parts, now + BOARD_PAUSE
        return content + (self._rows(changed) if rows and not fresh else ""), None

    def _single(self, shown: Board, changed: set[Place]) -> str:
        """Rows and cards of these canaries, as far as they are on the page."""
        cards = [
            board.card(self.roll, key, call, self.access)
            for key, call in shown.cards.items()
            if key in changed
        ]
        return "".join(oob(card) for card in cards if card) + self._rows(changed)

    def _rows(self, changed: set[Place]) -> str:
        shown = changed.intersection(self.sent.listing.keys) if self.sent else set()
        known = [one for key in shown if (one := self.roll.known(key)) is not None]
        rows = "".join(oob(drawings.row(one)) for one in known)
        # A row outside of a table would lose its cells when it is parsed.
        return f"<table><tbody>{rows}</tbody></table>" if rows else ""
