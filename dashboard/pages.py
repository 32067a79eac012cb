"""The pages that show canaries: the list and one canary. Deciding is in deciding_pages.py."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from dashboard import board, detail, stores
from dashboard.known import everything, from_database
from dashboard.listing import Query, listing
from dashboard.websocket import ADDRESS
from gates.permissions import access_of, only_viewers


@only_viewers
def canaries(request: HttpRequest) -> HttpResponse:
    """`/`: who waits, then every canary that passes the filter, a page at a time."""
    store, access = stores.current(), access_of(request.user)
    query = Query.read(request.GET.get("q", ""), request.GET.get("page", ""))
    window = listing(everything(store, access), query)
    known = from_database(store, board.needed(window))
    parts = board.fragments(store, window, known, access)
    context = {
        "section": "canaries",
        "fragments": parts,
        "query": query,
        "waiting_count": len(window.inbox),
        "live_address": live(list="", q=query.text, page=str(query.page)),
    }
    return render(request, "canaries/list.html", context)


@only_viewers
def canary(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """`/canaries/<namespace>/<name>`; 404 with a page that fills by itself when there is none.

    What the person may not see is not there, in the same words.
    """
    store, access = stores.current(), access_of(request.user)
    context = {
        "section": "canaries",
        "namespace": namespace,
        "name": name,
        "fragment": detail.fragment(store, namespace, name, access),
        "live_address": live(canary=f"{namespace}/{name}"),
    }
    status = 200 if access.views(namespace) and store.get(namespace, name) is not None else 404
    return render(request, "canaries/page.html", context, status=status)


def live(**view: str) -> str:
    """The address of the live connection for a view."""
    return f"{ADDRESS}?{urlencode(view | {'lang': get_language() or ''})}"
