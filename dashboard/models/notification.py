"""Who is to be told what, and the outbox of what they are told."""

from __future__ import annotations

from django.db import models


class NotificationRule(models.Model):
    """One address that messages go to. Only `notify/rules.py` writes it; a test holds that.

    `url` is apprise's and secret: shown through `notify/targets.py masked` only. `namespaces` and `clusters`
    are patterns, `events` values of `notify/topics.py`, `reminders` durations such as `1h, 4h`. `declared`
    is the digest of an address of AVIARY_NOTIFY_URLS, NULL for a rule that people made. The entry `decision`
    made the rule, or enabled it again: nothing that came before it, or before `since`, is told.
    """

    name = models.CharField(max_length=80)
    url = models.TextField()
    namespaces = models.TextField(default="*")
    clusters = models.TextField(default="*")
    events = models.JSONField(default=list)
    reminders = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=8, default="en")
    enabled = models.BooleanField(default=True)
    declared = models.CharField(max_length=64, null=True, unique=True)
    decision = models.BigIntegerField()
    since = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Notification(models.Model):
    """One message to one address. Only `notify/outbox.py` writes it; a test holds that.

    `key` names the event and the rule: whatever replica sees it, it is put here once. `thread` is what it
    is about (a waiting episode), `awaiting` until it is told that this is over. While `queued` it is due at
    `due_at`; whoever sends it claims it until `claimed_until`.
    """

    class State(models.TextChoices):
        """Failed: given up, with the `error` of the last try."""

        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"

    rule = models.ForeignKey(NotificationRule, on_delete=models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=200, unique=True)
    topic = models.CharField(max_length=16)
    thread = models.CharField(max_length=160, blank=True)
    awaiting = models.BooleanField(default=False)
    cluster = models.CharField(max_length=253, blank=True)
    namespace = models.TextField(blank=True)
    name = models.TextField(blank=True)
    title = models.TextField()
    body = models.TextField()

    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    tries = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "due_at"], name="notification_due"),
            models.Index(fields=["rule", "-id"], name="notification_rule"),
            models.Index(fields=["thread"], name="notification_awaiting", condition=models.Q(awaiting=True)),
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.title}"


class NotificationMark(models.Model):
    """The one row that says how far is told: the log (`seq`), Flagger's events (`event`, -1: from now on)."""

    seq = models.BigIntegerField(default=0)
    event = models.BigIntegerField(default=-1)

    def __str__(self) -> str:
        return f"#{self.seq}"


class NotificationReach(models.Model):
    """Whether a cluster is out of reach of every replica; `live_at`: some replica last saw it live."""

    cluster = models.CharField(max_length=253, unique=True)
    away = models.BooleanField(default=False)
    since = models.DateTimeField()
    live_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.cluster}: {'away' if self.away else 'live'}"
