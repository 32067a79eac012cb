"""What every template may use."""

from __future__ import annotations

from django.http import HttpRequest


def aviary(request: HttpRequest) -> dict[str, object]:
    """Nothing yet."""
    return {}
