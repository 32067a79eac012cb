"""The list page in fragments, each with an id: for the first paint and for what is pushed later."""

from __future__ import annotations

from collections.abc import Mapping

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from dashboard.known import Known
from dashboard.listing import Key, Listing
from dashboard.rows import drawings
from dashboard.store import Reach, Store
from gates.access_rights import Access

# More cards than fit a screen help nobody: the rest leads the list below anyway.
MOST_CARDS = 12


def cards(listing: Listing) -> tuple[Key, ...]:
    """Whose cards the inbox shows."""
    return listing.inbox[:MOST_CARDS]


def needed(listing: Listing) -> set[Key]:
    """The canaries that the page draws."""
    return {*listing.keys, *cards(listing)}


def fragments(
    store: Store, listing: Listing, known: Mapping[Key, Known], access: Access
) -> dict[str, SafeString]:
    """The page's parts by id; canaries missing in `known` have gone meanwhile.

    `listing` and `known` hold only what `access` may see.
    """
    drawn = {
        "cards": [
            mark_safe(drawings.card(known[key], may_decide=access.decides(key[0])))  # noqa: S308
            for key in cards(listing)
            if key in known and known[key].waiting
        ],
        "rows": [mark_safe(drawings.row(known[key])) for key in listing.keys if key in known],  # noqa: S308
        "several": sum(access.decides(key[0]) for key in cards(listing)) > 1,
        "unseen": max(len(listing.inbox) - MOST_CARDS, 0),
        "all_done": listing.total and store.freshness.reach is Reach.LIVE,
        "listing": listing,
        "total": listing.total,
        "restricted": not access.everything,
        "freshness": store.freshness,
    }
    return {name: render(f"canaries/{name}.html", drawn) for name in PARTS}


PARTS = ("trouble", "inbox", "heading", "counts", "rows", "pager")


def render(template: str, context: dict[str, object]) -> SafeString:
    """A partial without its surrounding white space."""
    return mark_safe(get_template(template).render(context).strip())  # noqa: S308
