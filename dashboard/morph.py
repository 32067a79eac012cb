"""How an element says where it belongs when it is sent to an open page."""

from __future__ import annotations


def oob(html: str) -> str:
    """Mark an element to be morphed into the one with its id; the first blank follows the tag's name."""
    return html.replace(" ", ' hx-swap-oob="outerMorph" ', 1)


def anew(html: str) -> str:
    """Mark an element to take the place of the one with its id: nothing in it moves, it is another one."""
    return html.replace(" ", ' hx-swap-oob="outerHTML" ', 1)
