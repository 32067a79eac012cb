"""Who may do what where."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class RoleGrant(models.Model):
    """A role for a person or a group, in the namespaces that the pattern names (`payments-*`, `*`).

    Only `roles.py` grants and revokes; a test holds it.
    """

    class Role(models.TextChoices):
        """What is granted. Each includes the one before, except auditor, who only reads: everything."""

        VIEWER = "viewer"
        APPROVER = "approver"
        ADMIN = "admin"
        AUDITOR = "auditor"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices)
    namespaces = models.TextField(default="*")
    # Who says that it is held: "" for people here, else the way of signing in that brings it along.
    source = models.CharField(max_length=16, blank=True, default="", db_default="")
    # The audit entry of the granting: who, when and why.
    decision = models.BigIntegerField(unique=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) ^ models.Q(group__isnull=False),
                name="role_for_a_user_or_a_group",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user or self.group}: {self.role} in {self.namespaces}"
