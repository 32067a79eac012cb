"""Who may do what: three roles as Django groups, kept in step with the code after every migration.

| | pages, API, log | decisions | people, tokens (/admin/) |
|---|---|---|---|
| no role | – | – | – |
| viewer | yes | – | – |
| approver | yes | yes | – |
| admin, superuser | yes | yes | yes |

Nobody may change or remove gates or entries by hand; only a superuser may change a superuser.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

VIEWER, APPROVER, ADMIN = "viewer", "approver", "admin"
VIEW, DECIDE, PEOPLE = "gates.view_gate", "gates.decide_gate", "auth.change_user"
ROLES: dict[str, set[str]] = {
    VIEWER: {"view_gate", "view_auditentry"},
    APPROVER: {"view_gate", "view_auditentry", "decide_gate"},
}
View = Callable[..., HttpResponseBase]


def may_view(user: Any) -> bool:
    """See canaries, gates and the log."""
    return bool(user.is_authenticated and user.has_perm(VIEW))


def may_decide(user: Any) -> bool:
    """Approve, hold, roll back and close."""
    return bool(user.is_authenticated and user.has_perm(DECIDE))


def may_administer(user: Any) -> bool:
    """Use /admin/: people, roles, tokens. Django's staff flag plays no part."""
    return bool(user.is_authenticated and user.is_active and user.has_perm(PEOPLE))


def only_viewers(view: View) -> View:
    """A page for every role; a person without one gets 403 and is told whom to ask."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_view(request.user):
            raise PermissionDenied(
                _("Your account has no role here yet. Ask an administrator for the role viewer.")
            )
        return view(request, *args, **kwargs)

    return guarded


def ensure_roles(**_kwargs: Any) -> None:
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
