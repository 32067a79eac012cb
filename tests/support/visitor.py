"""A signed-in visitor of a running server, as a browser without a screen."""

from __future__ import annotations

import re

import httpx

Visitor = httpx.Client


def sign_in(url: str, name: str, password: str) -> Visitor:
    """Fill the sign-in form; the client keeps the session's cookies. Raises AssertionError when refused."""
    visitor = httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=30)
    page = visitor.get("/sign-in")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None, page.text[:500]
    form = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
    answer = visitor.post("/sign-in", data=form, headers={"Referer": f"{url}/sign-in"})
    assert "sessionid" in visitor.cookies, f"{name} could not sign in: {answer.status_code}"
    return visitor
