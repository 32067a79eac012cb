"""What was decided, read from the log: each entry once, in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation

from dashboard.models import NotificationRule
from dashboard.notify import outbox, texts
from dashboard.notify.about import concerned, of_entry
from dashboard.notify.outbox import Letter, letter
from dashboard.notify.topics import Topic
from gates import audit, unapproved
from gates.models import AuditEntry

# What somebody decided, by the codes of the log.
DECIDED = frozenset(
    {
        "approval.granted",
        "approval.rejected",
        "approval.withdrawn",
        "gate.opened",
        "gate.closed",
        "gate.held",
        "rollback.requested",
        "rollback.withdrawn",
        "canary.suspended",
        "canary.resumed",
        "canary.promoted-now",
        "canary.retried",
    }
)
MOST = 500


def tell(rules: Sequence[NotificationRule], now: datetime) -> bool:
    """Put in what the next entries are told as; True when there are more of them."""
    told = outbox.mark().seq
    # Rules hear of what came after them, so what is older than all of them is passed over.
    after = max(told, min(rule.decision for rule in rules) - 1)
    entries = list(AuditEntry.objects.filter(seq__gt=after).order_by("seq")[:MOST])
    if not entries:
        return False
    left = {rule.pk: outbox.room(rule, Topic.DECIDED, now) for rule in rules}
    letters = [each for entry in entries for each in _letters(_reached(rules, entry, left), entry)]
    return outbox.put_and_mark(letters, now, told, entries[-1].seq) and len(entries) == MOST


def _letters(rules: Sequence[NotificationRule], entry: AuditEntry) -> list[Letter]:
    topic = _topic(entry)
    if topic is None:
        return []
    about = of_entry(entry)
    found = []
    for rule in concerned(rules, topic, entry.cluster, entry.namespace):
        if entry.seq <= rule.decision:
            continue
        with translation.override(rule.language):
            text = texts.entered(entry, about)
        found.append(letter(rule, f"entry:{entry.seq}:{rule.pk}", topic, text, entry))
    return found


def _reached(
    rules: Sequence[NotificationRule], entry: AuditEntry, left: dict[int, int]
) -> Sequence[NotificationRule]:
    """All of them, but for what an unknown caller did: those that have not heard of too much of that."""
    if entry.actor_kind != "webhook" or _topic(entry) is None:
        return rules
    found = [
        rule for rule in concerned(rules, Topic.DECIDED, entry.cluster, entry.namespace) if left[rule.pk]
    ]
    for rule in found:
        left[rule.pk] -= 1
    return found


def _topic(entry: AuditEntry) -> Topic | None:
    if entry.outcome != audit.CHANGED:
        return None
    if entry.action == unapproved.ACTION:
        return Topic.UNAPPROVED
    return Topic.DECIDED if entry.action in DECIDED else None
