"""What the page shows of rules and messages; addresses are masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from dashboard.models import Notification, NotificationRule
from dashboard.notify import outbox, targets
from dashboard.notify.rules import LANGUAGES
from dashboard.notify.topics import OFFERED, WORDS

MOST = 30


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule: its address as it may be shown, what it tells of, and how that goes."""

    rule: NotificationRule
    address: str
    events: list[Any]
    all_events: bool
    language: str
    sent: int
    queued: int
    failed: int
    last: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Told:
    """One message. `pending`: not yet tried; `next`: when it is tried again."""

    row: Notification
    topic: Any
    pending: bool
    next: datetime | None

    @property
    def at(self) -> datetime:
        """When it was put into the outbox."""
        return self.row.at

    @property
    def sent(self) -> bool:
        """It has arrived."""
        return self.row.state == outbox.SENT

    @property
    def failed(self) -> bool:
        """It was given up."""
        return self.row.state == outbox.FAILED


def of_rules(rules: Sequence[NotificationRule]) -> list[RuleRow]:
    """Each with its counts of the messages that are kept; two queries."""
    counted: dict[tuple[int, str], tuple[int, datetime | None]] = {}
    found = Notification.objects.filter(rule__in=rules).order_by().values("rule_id", "state")
    for each in found.annotate(count=Count("pk"), last=Max("sent_at")):
        counted[each["rule_id"], each["state"]] = each["count"], each["last"]
    # The newest message of each that was tried, as far as that is a few messages away.
    tried = Notification.objects.filter(rule__in=rules).exclude(state=outbox.QUEUED, error="")
    newest: dict[int, str] = {}
    for rule, error in tried.values_list("rule_id", "error")[: MOST * 10]:
        newest.setdefault(rule, error)
    return [_rule(rule, counted, newest.get(rule.pk, "")) for rule in rules]


def of_messages(rules: Sequence[NotificationRule], state: str) -> list[Told]:
    """The last ones, newest first; `state` "" for all."""
    found = Notification.objects.filter(rule__in=rules).select_related("rule")
    return [of_message(row) for row in (found.filter(state=state) if state else found)[:MOST]]


def of_message(row: Notification) -> Told:
    """One of them."""
    queued = row.state == outbox.QUEUED
    waits = row.due_at if queued and row.error and not row.claim else None
    return Told(row, WORDS.get(row.topic, row.topic), queued and not row.error, waits)  # type: ignore[call-overload]


def states(rules: Sequence[NotificationRule]) -> dict[str, int]:
    """How many messages are in each state."""
    found = Notification.objects.filter(rule__in=rules).order_by().values("state").annotate(count=Count("pk"))
    return {each["state"]: each["count"] for each in found}


def _rule(
    rule: NotificationRule, counted: dict[tuple[int, str], tuple[int, datetime | None]], error: str
) -> RuleRow:
    def count(state: str) -> int:
        return counted.get((rule.pk, state), (0, None))[0]

    return RuleRow(
        rule=rule,
        address=targets.masked(rule.url),
        events=[words[0] for topic, words in OFFERED.items() if topic in rule.events],
        all_events=len(rule.events) == len(OFFERED),
        language=LANGUAGES.get(rule.language, rule.language),
        sent=count(outbox.SENT),
        queued=count(outbox.QUEUED),
        failed=count(outbox.FAILED),
        last=counted.get((rule.pk, outbox.SENT), (0, None))[1],
        error=error,
    )
