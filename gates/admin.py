"""Gates and the log in the admin: to look at, for everybody, superusers included."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from gates.models import AuditEntry, Gate, RoleGrant


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Only decisions change gates, and nothing changes entries."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Gate)
class GateAdmin(ReadOnly):
    """The switches."""

    list_display = ["kind", "namespace", "name", "open", "changed_by", "changed_at"]
    list_filter = ["open", "kind"]
    search_fields = ["namespace", "name"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """The log; its own page, /audit, has the better filters."""

    list_display = ["seq", "at", "actor", "action", "namespace", "name", "reason"]
    list_filter = ["action", "outcome"]
    search_fields = ["namespace", "name", "actor"]


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnly):
    """Roles in namespaces; /roles grants and revokes them, with an entry each."""

    list_display = ["user", "group", "role", "namespaces"]
    list_filter = ["role"]
    search_fields = ["user__username", "group__name", "namespaces"]
