"""The switches of the drop-in API. Only `decisions.py` changes them; a test holds that."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Gate(models.Model):
    """One switch, open or closed, with what the decision that set it was bound to."""

    key = models.CharField(
        max_length=64, unique=True, help_text=_("Digest of kind, cluster, namespace and name.")
    )
    kind = models.CharField(max_length=64)
    cluster = models.CharField(max_length=253)
    namespace = models.TextField(blank=True)
    name = models.TextField(blank=True)

    open = models.BooleanField(default=False)
    # The audit entry that set the present state: names the decision, and tells two of them apart.
    decision = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()
    changed_by = models.TextField(blank=True)
    via = models.CharField(max_length=16, blank=True)
    reason = models.TextField(blank=True)

    # A bound gate was opened by a person and ends with the release; `until` ends any gate.
    # Scripts set neither.
    bound = models.BooleanField(default=False)
    revision = models.CharField(max_length=64, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    opened_phase = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField(null=True, blank=True)

    answered_at = models.DateTimeField(null=True, blank=True, help_text=_("First yes after the decision."))

    class Meta:
        indexes = [models.Index(fields=["open", "via"], name="gates_open_via")]
        permissions = [("decide_gate", _("Can approve, hold, roll back and close"))]

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}: {'open' if self.open else 'closed'}"
