"""What Flagger tells over event and post-rollout hooks, kept for the timeline."""

from __future__ import annotations

from django.db import models


class FlaggerEvent(models.Model):
    """One event. Told by whoever reached the address: a hint for people, never a proof."""

    subject = models.CharField(max_length=64)
    cluster = models.CharField(max_length=253)
    namespace = models.TextField(blank=True)
    name = models.TextField(blank=True)
    at = models.DateTimeField()
    hook = models.CharField(max_length=32)
    phase = models.CharField(max_length=64, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    warning = models.BooleanField(default=False)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject", "-id"], name="event_subject")]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}: {self.message}"
