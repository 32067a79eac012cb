"""What people asked Aviary to change in the cluster: kept until it is known what became of it."""

from __future__ import annotations

from django.db import models


class Intervention(models.Model):
    """One change asked for. Only `interventions/records.py` writes it; a test holds that.

    The entry `decision` says who asked and why. `answered_at` is empty until an entry says what became of
    it. `take_back`: skipAnalysis is to be set back to `before` when the release of `revision` is over;
    until `taken_back_at`. Whoever does that claims it first, until `claimed_until`.
    """

    decision = models.BigIntegerField(unique=True)
    act = models.CharField(max_length=16)
    subject = models.CharField(max_length=64)
    cluster = models.CharField(max_length=253)
    namespace = models.TextField()
    name = models.TextField()
    uid = models.CharField(max_length=64, blank=True)
    revision = models.CharField(max_length=64, blank=True)
    before = models.JSONField(default=dict)
    person = models.TextField()

    requested_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    take_back = models.BooleanField(default=False)
    claimed_until = models.DateTimeField(null=True)
    # The entry that says that taking back began.
    taking_back = models.BigIntegerField(null=True)
    taken_back_at = models.DateTimeField(null=True)
    # Why it could not be taken back so far.
    trouble = models.TextField(blank=True)

    class Meta:
        ordering = ["-decision"]
        indexes = [
            models.Index(fields=["subject", "-decision"], name="intervention_subject"),
            models.Index(fields=["answered_at"], name="intervention_answered"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.namespace}/{self.name} for {self.person}"
