"""The insert-only log. Only `audit.py` writes it; a test holds that."""

from __future__ import annotations

from typing import NoReturn

from django.db import models


class AuditHead(models.Model):
    """The one row that numbers the log: locked last in every decision, so there are no gaps."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:10]}"


class AuditEntry(models.Model):
    """One thing that happened. Never changed, never removed; texts survive deleted users."""

    seq = models.BigIntegerField(primary_key=True)
    # Which fields are hashed, see `chain.py`; the first version's entries say nothing and have form 1.
    form = models.SmallIntegerField(db_default=1)
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=64)
    outcome = models.CharField(max_length=16)

    actor_kind = models.CharField(max_length=16)
    actor = models.TextField()
    # How the actor signed in: password, session, token, webhook-token, or "".
    auth = models.CharField(max_length=32, blank=True)
    via = models.CharField(max_length=16)

    subject = models.CharField(max_length=64, blank=True)
    cluster = models.CharField(max_length=253, blank=True)
    namespace = models.TextField(blank=True)
    name = models.TextField(blank=True)
    kind = models.CharField(max_length=64, blank=True)

    revision = models.CharField(max_length=64, blank=True)
    images = models.JSONField(default=list)
    phase = models.CharField(max_length=64, blank=True)
    weight = models.IntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    # Images are what was to be let through; these are what was in production.
    images_from = models.JSONField(default=list)
    # The rules that the decision was taken under, as the canary's manifest had them.
    policy = models.JSONField(default=dict)
    # Which release of the canary, as its record has it; "" when none is known.
    release = models.CharField(max_length=64, blank=True)
    # The entry of the decision that this one answers, ends or repeats.
    decision = models.BigIntegerField(null=True)

    source = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-seq"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject", "-seq"], name="audit_subject"),
            models.Index(fields=["action", "-seq"], name="audit_action"),
            # Most entries are nobody's answer.
            models.Index(
                fields=["decision"], name="audit_decision", condition=models.Q(decision__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.action}"

    def save(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("Audit entries are written by gates.audit.append only.")

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("Audit entries are never removed.")


class AuditCheckpoint(models.Model):
    """Signed: up to `seq` the log was the one whose last hash is `hash`. Never changed, never removed."""

    at = models.DateTimeField()
    seq = models.BigIntegerField(db_index=True)
    hash = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    public_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["-seq"]

    def __str__(self) -> str:
        return f"#{self.seq} {self.hash[:10]}"


class AuditTombstone(models.Model):
    """Signed: these entries were exported and pruned; the chain goes on from `last_hash`."""

    first_seq = models.BigIntegerField(unique=True)
    last_seq = models.BigIntegerField(unique=True)
    prev_hash = models.CharField(max_length=64, blank=True)
    last_hash = models.CharField(max_length=64)
    count = models.BigIntegerField()
    at = models.DateTimeField()
    export_sha256 = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    public_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["first_seq"]

    def __str__(self) -> str:
        return f"#{self.first_seq}–{self.last_seq}"
