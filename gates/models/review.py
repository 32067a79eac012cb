"""What stands beside the log for those who read it: a person's saved views, and how checks of it ended."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """Filters of the audit page under a name, for one person. `query` is as in the page's address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_name")]

    def __str__(self) -> str:
        return self.name


class AuditVerification(models.Model):
    """One check of the whole log, from its first entry to number `seq`.

    `first_bad` is the number of the first entry that is wrong, None when all hold or none can be named;
    `why` says what is wrong with it.
    """

    at = models.DateTimeField()
    seq = models.BigIntegerField()
    ok = models.BooleanField()
    first_bad = models.BigIntegerField(null=True)
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} up to #{self.seq}: {'whole' if self.ok else self.why}"
