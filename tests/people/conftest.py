"""Browsers of the cast, without JavaScript: Django's client, CSRF checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.api.conftest import as_token, source, store  # noqa: F401
from tests.support.people import People

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def browse(people: People) -> Callable[[str], Client]:
    """`browse(name)`: that person's browser; "" is nobody's, "root" a superuser's."""

    def client(name: str) -> Client:
        client = Client(enforce_csrf_checks=True)
        if name == "root":
            root, _new = User.objects.get_or_create(username="root", is_superuser=True)
            client.force_login(root, backend=MODEL_BACKEND)
        elif name:
            client.force_login(getattr(people, name), backend=MODEL_BACKEND)
        return client

    return client


def send(client: Client, address: str, **fields: Any) -> Any:
    """Post a form as its page would, with the CSRF token that a page set."""
    client.get("/sign-in")
    if "csrftoken" not in client.cookies:
        client.get("/audit")
    token = client.cookies["csrftoken"].value
    return client.post(address, {"csrfmiddlewaretoken": token, **fields})
