"""Accounts of people who sign in elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class OutsideAccount(models.Model):
    """Ties an account to who somebody is at an OpenID provider, or to a proxy.

    Only `outside.py` writes it; a test holds it. A name that changes there stays the same person here.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="outside")
    # The issuer's address, or "proxy".
    source = models.CharField(max_length=255)
    # The provider's `sub`, which never changes; with a proxy the name.
    subject = models.CharField(max_length=255)
    groups = models.JSONField(default=list)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "subject"], name="one_account_a_subject")]

    def __str__(self) -> str:
        return f"{self.user} ({self.source})"
