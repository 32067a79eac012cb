"""Rules of AVIARY_NOTIFY_URLS: at the start they are made what the setting says."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import IntegrityError

from dashboard.models import NotificationRule
from dashboard.notify import rules, targets
from dashboard.notify.rules import SETTINGS, Wanted, declared_key
from dashboard.notify.topics import USUAL
from gates.asked_for import Refused

log = logging.getLogger(__name__)


def settle() -> None:
    """Make it so, each change with its entry; of several replicas one does. Raises django.db.Error."""
    try:
        wanted = {declared_key(url): url for url in settings.NOTIFY_URLS}
        made = NotificationRule.objects.filter(declared__isnull=False)
        there = {str(rule.declared): rule for rule in made}
        for key, url in wanted.items():
            _settle(key, url, there.get(key))
        for gone in there.keys() - wanted.keys():
            rules.remove(there[gone].pk, SETTINGS)
    except Refused as refused:
        log.warning("AVIARY_NOTIFY_URLS: %s", refused.message)


def _settle(key: str, url: str, rule: NotificationRule | None) -> None:
    wanted = Wanted(
        name=f"AVIARY_NOTIFY_URLS {targets.masked(url)}"[: rules.LONGEST_NAME],
        url=url,
        events=USUAL,
        reminders=settings.NOTIFY_REMINDERS,
        language=settings.NOTIFY_LANGUAGE,
    )
    if rule is not None:
        rules.change(rule.pk, wanted, SETTINGS)
        return
    try:
        rules.create(wanted, SETTINGS, declared=key)
    except IntegrityError:
        log.debug("another replica made the rule first")
