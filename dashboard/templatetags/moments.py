"""Points in time, as UTC for the server and everyone's cache; the page shows them in its own zone."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def moment(at: datetime | None, style: str) -> SafeString | str:
    """`span` how long since, `ago` the same as a sentence, `clock` the time of day, `left` how long until
    then. `time` stays UTC, the reader's own as its title; `own` stands beside it where the two differ."""
    if at is None:
        return ""
    at = at.astimezone(UTC)
    words = "" if style == "own" else f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" data-{}>{}</time>', at.isoformat(), style, words)
