"""Who may do what: four roles, everywhere (as Django groups) or in some namespaces (as grants).

| | pages, API, log | decisions | freezes, roles | people, tokens (/admin/) |
|---|---|---|---|---|
| no role | – | – | – | – |
| viewer | yes | – | – | – |
| auditor | yes; the whole log, and who holds which role | – | – | – |
| approver | yes | yes | – | – |
| admin of some namespaces | there | there | there | – |
| admin (the group), superuser | yes | yes | yes | yes |

The groups are kept in step with the code after every migration. Nobody may change or remove gates,
grants or entries by hand; only a superuser may change a superuser.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from gates import access_rights
from gates.access_rights import EVERYTHING, NOBODY, Access
from gates.models import RoleGrant, TokenScope
from gates.patterns import ANY

VIEWER, APPROVER, ADMIN, AUDITOR = "viewer", "approver", "admin", "auditor"
PEOPLE = "auth.change_user"
ROLES: dict[str, set[str]] = {
    VIEWER: {"view_gate", "view_auditentry"},
    APPROVER: {"view_gate", "view_auditentry", "decide_gate"},
    AUDITOR: {"view_gate", "view_auditentry", "view_audithead", "view_rolegrant"},
}
# The groups that hold their role in every namespace.
EVERYWHERE = (VIEWER, APPROVER, ADMIN, AUDITOR)
View = Callable[..., HttpResponseBase]


def access_of(user: Any) -> Access:
    """What the person may do; two queries, once for each user object, which lives for one request."""
    known: Access | None = getattr(user, "_aviary_access", None)
    if known is None:
        known = narrowed(read_access(user), user)
        if user.is_authenticated:
            user._aviary_access = known
    return known


def read_access(user: Any) -> Access:
    """The same, read anew."""
    if not (user.is_authenticated and user.is_active):
        return NOBODY
    if user.is_superuser:
        return EVERYTHING
    grants = RoleGrant.objects.filter(Q(user=user.pk) | Q(group__user=user.pk))
    roles = set(grants.values_list("role", "namespaces"))
    groups = user.groups.filter(name__in=EVERYWHERE).values_list("name", flat=True)
    return access_rights.of_roles(roles | {(name, ANY) for name in groups})


def narrowed(access: Access, user: Any) -> Access:
    """As far as the token reaches with which this user object came; all of it without one."""
    scope: TokenScope | None = getattr(user, "aviary_scope", None)
    return access if scope is None else access.narrowed(scope.role, scope.namespaces)


def may_administer(user: Any) -> bool:
    """Use /admin/: people, groups, tokens. Django's staff flag plays no part."""
    return bool(user.is_authenticated and user.is_active and user.has_perm(PEOPLE))


def needs(role: str, namespace: str) -> str:
    """Why not, on buttons and in refusals."""
    return _("Needs %(role)s in %(namespace)s") % {"role": role, "namespace": namespace}


def needs_to_read_roles() -> str:
    """Why not."""
    return _("Needs the role %(admin)s or %(auditor)s.") % {"admin": ADMIN, "auditor": AUDITOR}


def check_may_decide(user: Any, namespace: str) -> None:
    """Raise Http404 for what the person may not even see, PermissionDenied naming the missing role."""
    access = access_of(user)
    if not access.views(namespace):
        raise Http404
    if not access.decides(namespace):
        raise PermissionDenied(needs(APPROVER, namespace))


def only_viewers(view: View) -> View:
    """A page for every role; a person without one gets 403 and is told whom to ask."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not access_of(request.user).views_anything:
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
        content_type__app_label="gates",
        codename__in=ROLES[APPROVER] | {"view_audithead", "view_rolegrant"},
    )
    group.permissions.set(people | ours)
