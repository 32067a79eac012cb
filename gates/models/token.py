"""Tokens: Flagger's, which travel in addresses, and what an API token may do. Only hashes are kept."""

from __future__ import annotations

from django.db import models


class WebhookToken(models.Model):
    """Proves a caller on Flagger's addresses, in some namespaces of some clusters.

    Only `webhook_tokens.py` makes and revokes them; a test holds it. A revoked one stays, for its dates.
    """

    name = models.CharField(max_length=100)
    # SHA-256 in hexadecimal digits. The token is random and long: a slow hash would protect nothing.
    digest = models.CharField(max_length=64, unique=True)
    # Its first characters, to tell which one stands in a manifest.
    hint = models.CharField(max_length=16)
    clusters = models.TextField(default="*")
    namespaces = models.TextField(default="*")
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Written at most once a minute.
    last_used_at = models.DateTimeField(null=True, blank=True)
    # The audit entry of its making.
    decision = models.BigIntegerField()

    class Meta:
        ordering = ["name", "-id"]

    def __str__(self) -> str:
        return self.name


class TokenScope(models.Model):
    """What an API token may do of what its account may. A token without a row may do all of it."""

    token = models.OneToOneField("knox.AuthToken", on_delete=models.CASCADE, related_name="scope")
    name = models.CharField(max_length=100)
    # "" is every role of the account.
    role = models.CharField(max_length=16, blank=True)
    namespaces = models.TextField(default="*")
    # Made by an admin for an account of its own, which nobody signs in to.
    service = models.BooleanField(default=False)
    created_by = models.CharField(max_length=200)
    last_used_at = models.DateTimeField(null=True, blank=True)
    decision = models.BigIntegerField()

    class Meta:
        ordering = ["name", "-id"]

    def __str__(self) -> str:
        return self.name
