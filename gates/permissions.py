"""The three roles, as Django groups; kept in step with the code after every migration."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission

VIEWER, APPROVER, ADMIN = "viewer", "approver", "admin"
VIEW, DECIDE = "gates.view_gate", "gates.decide_gate"
ROLES: dict[str, set[str]] = {
    VIEWER: {"view_gate", "view_auditentry"},
    APPROVER: {"view_gate", "view_auditentry", "decide_gate"},
}


def may_view(user: Any) -> bool:
    """See canaries, gates and the log."""
    return bool(user.is_authenticated and user.has_perm(VIEW))


def may_decide(user: Any) -> bool:
    """Approve, hold, roll back and close."""
    return bool(user.is_authenticated and user.has_perm(DECIDE))


def ensure_roles(**_: Any) -> None:
    """Create the groups and give them exactly their permissions; a `post_migrate` receiver."""
    for name, codes in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(content_type__app_label="gates", codename__in=codes))
    group, _created = Group.objects.get_or_create(name=ADMIN)
    people = Permission.objects.filter(content_type__app_label__in=["auth", "axes", "knox"])
    ours = Permission.objects.filter(
        content_type__app_label="gates", codename__in=ROLES[APPROVER] | {"view_audithead"}
    )
    group.permissions.set(people | ours)
