"""What the roles are called where somebody chooses one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gates.models import RoleGrant

LABELS = {
    RoleGrant.Role.VIEWER.value: _("viewer: may look"),
    RoleGrant.Role.APPROVER.value: _("approver: may look and decide"),
    RoleGrant.Role.ADMIN.value: _("admin: may look, decide, freeze, and grant roles"),
    RoleGrant.Role.AUDITOR.value: _("auditor: may read everything, changes nothing (in * only)"),
}
