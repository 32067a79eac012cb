"""The pages that show canaries: the list and one canary. Deciding is in deciding_pages.py."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from dashboard import board, detail, standing, stores, viewer, windows
from dashboard.listing import Query
from dashboard.windows import ADDRESS
from gates.keys import DEFAULT_CLUSTER
from gates.permissions import access_of, only_viewers


@only_viewers
def canaries(request: HttpRequest) -> HttpResponse:
    """`/`: who waits, then every canary that passes the filter, a page at a time.

    While somebody types, htmx asks for the parts that another filter changes, and for nothing else.
    """
    looking, query = viewer.of(request.user), Query.read(request.GET)
    every = stores.every()
    roll = standing.of_all(every)
    shown = board.board(roll, query, looking, every)
    if request.headers.get("HX-Request"):
        parts = board.fragments(roll, shown, board.WINDOW)
        answer = HttpResponse(board.swapped(parts))
        # Whoever comes back to this address with the browser's button wants the page.
        answer.headers["Cache-Control"] = "no-store"
        return answer
    context = {
        "section": "canaries",
        "fragments": board.fragments(roll, shown),
        "query": query,
        "waiting_count": len(shown.inbox.mine),
        "live_address": live(list="", q=query.text, page=str(query.page)),
    }
    return render(request, "canaries/list.html", context)


@only_viewers
def canary(request: HttpRequest, namespace: str, name: str, cluster: str = DEFAULT_CLUSTER) -> HttpResponse:
    """`/canaries/<namespace>/<name>`, under `/clusters/<cluster>` for others than the default; 404 with a
    page that fills by itself when there is none.

    What the person may not see is not there, in the same words.
    """
    store, access, shown = stores.named(cluster), access_of(request.user), windows.show(request.GET)
    elsewhere = {} if cluster == DEFAULT_CLUSTER else {"cluster": cluster}
    context = {
        "section": "canaries",
        "namespace": namespace,
        "name": name,
        "fragment": detail.draw(store, namespace, name, access, shown, request.user.get_username()).whole,
        "live_address": live(canary=f"{namespace}/{name}", **elsewhere, **dict(shown)),
    }
    status = 200 if access.views(namespace) and store.get(namespace, name) is not None else 404
    return render(request, "canaries/page.html", context, status=status)


def live(**view: str) -> str:
    """The address of the live connection for a view."""
    return f"{ADDRESS}?{urlencode(view | {'lang': get_language() or ''})}"
