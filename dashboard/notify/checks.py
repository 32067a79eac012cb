"""System checks of the notifications' settings, found before `serve` listens. No address is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from dashboard.notify import reminders, targets


@register
def notify_urls(**_: Any) -> Sequence[CheckMessage]:
    """Each must be an address that messages can be sent to."""
    found: list[CheckMessage] = []
    for number, url in enumerate(settings.NOTIFY_URLS, start=1):
        if why := targets.problem(url):
            found.append(
                Error(
                    f"AVIARY_NOTIFY_URLS: address {number} of {len(settings.NOTIFY_URLS)}: {why}",
                    hint="Write addresses as apprise has them, separated by blanks: docs/notifications.md.",
                    id="aviary.E050",
                )
            )
    if settings.NOTIFY_URLS and not settings.PUBLIC_URL:
        found.append(
            Warning(
                "AVIARY_NOTIFY_URLS is set and AVIARY_URL is not: messages cannot link to the pages.",
                hint="Set AVIARY_URL to the address that people type.",
                id="aviary.W050",
            )
        )
    return found


@register
def notify_reminders(**_: Any) -> Sequence[CheckMessage]:
    """A schedule that can be read."""
    try:
        reminders.tidy(settings.NOTIFY_REMINDERS)
    except reminders.NotReadable as error:
        hint = f"Write durations, separated by commas: {reminders.USUAL}."
        return [Error(f"AVIARY_NOTIFY_REMINDERS: {error}", hint=hint, id="aviary.E051")]
    return []
