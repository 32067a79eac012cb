"""The list page in fragments, each with an id: for the first paint and for what is pushed later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from dashboard import query_words, together
from dashboard.entry import Place
from dashboard.inbox import Call, Inbox, Turn
from dashboard.listing import Listing, Query
from dashboard.morph import anew, oob
from dashboard.roll import AnyRoll
from dashboard.rows import drawings
from dashboard.store import Freshness, Reach, Store
from dashboard.together import Away
from dashboard.viewer import Viewer
from gates.access_rights import Access

# More cards than fit a screen help nobody: the rest leads the list below anyway.
MOST_CARDS = 12
MINE = Call(Turn.MINE)
# In the page's order. Those of WINDOW are all that another filter or page changes.
WINDOW = ("heading", "counts", "notes", "rows", "pager")
SORTED = ("counts", "rows")
PARTS = ("trouble", "inbox", "others", *WINDOW)


@dataclass(frozen=True, slots=True)
class Board:
    """What one person's list shows; equal ones differ in single rows and cards at most."""

    listing: Listing
    inbox: Inbox
    freshness: Freshness
    access: Access
    away: tuple[Away, ...] = ()

    @property
    def cards(self) -> dict[Place, Call]:
        """The cards that are drawn, and whose turn each is."""
        mine = dict.fromkeys(self.inbox.mine[:MOST_CARDS], MINE)
        return mine | dict(self.inbox.others[:MOST_CARDS])


def board(roll: AnyRoll, query: Query, viewer: Viewer, stores: Sequence[Store]) -> Board:
    """Work out what a person's list shows of these clusters."""
    return Board(
        roll.listing(query, viewer.access),
        roll.inbox(viewer),
        together.freshness(stores),
        viewer.access,
        together.away(stores),
    )


def fragments(roll: AnyRoll, shown: Board, parts: tuple[str, ...] = PARTS) -> dict[str, SafeString]:
    """The page's parts by id; canaries that have gone meanwhile are left out."""
    listing, inbox = shown.listing, shown.inbox
    cards = {
        key: drawn for key, call in shown.cards.items() if (drawn := card(roll, key, call, shown.access))
    }
    mine = [html for key, html in cards.items() if shown.cards[key] is MINE]
    context = {
        "mine": mine,
        "others": [html for key, html in cards.items() if shown.cards[key] is not MINE],
        "mine_count": len(inbox.mine),
        "others_count": len(inbox.others),
        "mine_unseen": max(len(inbox.mine) - MOST_CARDS, 0),
        "others_unseen": max(len(inbox.others) - MOST_CARDS, 0),
        "rows": [row for key in listing.keys if (row := _row(roll, key))],
        "listing": listing,
        "notes": query_words.notes(listing),
        "total": listing.total,
        "restricted": not shown.access.everything,
        "freshness": shown.freshness,
        "away": shown.away,
        "live": shown.freshness.reach is Reach.LIVE,
    }
    return {name: render(f"canaries/{name}.html", context) for name in parts}


def swapped(parts: Mapping[str, str]) -> str:
    """These parts, to be sent to an open page. What sorts its content differently is put in anew: moved
    elements would run away from under somebody's pointer, and cost more. The focus stays by its id."""
    return "".join(anew(html) if name in SORTED else oob(html) for name, html in parts.items())


def card(roll: AnyRoll, key: Place, call: Call, access: Access) -> SafeString:
    """One canary's card; "" when it has gone, or does not wait any more."""
    known = roll.known(key)
    if known is None or not known.waiting:
        return SafeString()
    return mark_safe(drawings.card(known, call, may_decide=access.decides(key[0])))  # noqa: S308


def _row(roll: AnyRoll, key: Place) -> SafeString:
    known = roll.known(key)
    return mark_safe(drawings.row(known)) if known else SafeString()  # noqa: S308


def render(template: str, context: dict[str, object]) -> SafeString:
    """A partial without its surrounding white space."""
    return mark_safe(get_template(template).render(context).strip())  # noqa: S308
