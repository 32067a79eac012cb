"""Times in which nothing starts, and the canaries that are let through all the same."""

from __future__ import annotations

from django.db import models


class Freeze(models.Model):
    """From `starts_at` to `ends_at` nothing starts in what the patterns name.

    Patterns are comma-separated, with `*` and `?`. `in_flight`: releases under way are stopped, too.
    """

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    namespaces = models.TextField(default="*")
    canaries = models.TextField(default="*")
    reason = models.TextField()
    in_flight = models.BooleanField(default=False)
    created_by = models.TextField()
    decision = models.BigIntegerField(unique=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["ends_at"], name="freeze_ends")]

    def __str__(self) -> str:
        return f"{self.namespaces} until {self.ends_at:%Y-%m-%d %H:%M}: {self.reason}"


class Exemption(models.Model):
    """One canary that a freeze does not hold, and why."""

    freeze = models.ForeignKey(Freeze, on_delete=models.CASCADE, related_name="exemptions")
    cluster = models.CharField(max_length=253)
    namespace = models.TextField()
    name = models.TextField()
    reason = models.TextField()
    created_by = models.TextField()
    decision = models.BigIntegerField(unique=True)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}: {self.reason}"
