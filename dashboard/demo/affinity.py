"""Session affinity: a cookie that keeps a visitor on the canary, as Flagger writes it for Istio."""

from __future__ import annotations

import secrets
from typing import Any

from dashboard.demo.state import CANARIES
from dashboard.demo.turn import Turn


def rules(turn: Turn, weighted: dict[str, Any], canary: int) -> list[dict[str, Any]]:
    """The sticky rule, then the weighted one, which sets the cookie while the canary gets traffic."""
    affinity, status = turn.analysis["sessionAffinity"], turn.status
    cookie = str(status.get("sessionAffinityCookie", ""))
    if not canary:
        previous = cookie or str(status.get("previousSessionAffinityCookie", ""))
        if cookie:
            _remember(turn, sessionAffinityCookie="", previousSessionAffinityCookie=previous)
        return [_forget(weighted, previous) if previous else weighted, weighted]
    if not cookie:
        cookie = f"{affinity['cookieName']}={secrets.token_hex(5)}"
        _remember(turn, sessionAffinityCookie=cookie)
    primary, end = weighted["route"]
    header = f"{cookie}; Max-Age={affinity['maxAge']}"
    marked = {**end, "headers": {"response": {"add": {"Set-Cookie": header}}}}
    sticky = {
        **weighted,
        "match": [_match(cookie)],
        "route": [{**primary, "weight": 0}, {**end, "weight": 100}],
    }
    return [sticky, {**weighted, "route": [primary, marked]}]


def _forget(weighted: dict[str, Any], cookie: str) -> dict[str, Any]:
    """The rule that takes the cookie of a past release away."""
    headers = {"response": {"add": {"Set-Cookie": f"{cookie}; Max-Age=-1"}}}
    return {**weighted, "match": [_match(cookie)], "headers": headers}


def _match(cookie: str) -> dict[str, Any]:
    name, _equals, value = cookie.partition("=")
    return {"headers": {"Cookie": {"regex": f".*{name}.*{value}.*"}}}


def _remember(turn: Turn, **fields: str) -> None:
    turn.cluster.patch(CANARIES, turn.namespace, turn.name, {"status": fields}, status=True)
